// ---- languages
// The language of the page: what the link asks for (a choice is kept there), what the browser prefers, else English.

{
  const FIRST = 'en';
  const OWN_NAMES = { en: 'English', fr: 'Français', ar: 'العربية', tr: 'Türkçe' };
  // Where a country writes its numbers and months in its own way: British dates, Syrian months and digits.
  const LOCALES = { en: 'en-GB', ar: 'ar-SY' };
  const TRAILING_NUMBER = /-(\d+)$/;
  const DATE_IN_ID = /_(\d{4}(?:-\d{2}){0,2})(?=_|$)/;

  const choose = () => {
    const preferred = navigator.languages.map((tag) => tag.split('-')[0].toLowerCase());
    return [M4.link.lang, ...preferred].find((language) => M4.texts.has(language)) ?? FIRST;
  };

  M4.language = choose();
  M4.locale = LOCALES[M4.language] ?? M4.language;
  M4.isRightToLeft = M4.rightToLeft.includes(M4.language);

  const own = M4.texts.get(M4.language);

  // A whole number, such as how many there are, as the language writes it.
  M4.count = new Intl.NumberFormat(M4.locale).format;

  // A text of the interface; {name} in it stands for a value, if one is given. Without an entry, the fallback.
  M4.text = (key, values = {}, fallback = key) =>
    own.has(key) ? own.get(key).replace(/\{(\w+)\}/g, (slot, name) => values[name] ?? slot) : fallback;

  // The catalogue and the computed figures come with English titles; a language may have its own.
  for (const layer of M4.catalogue) {
    layer.title = M4.text(`layer.${layer.name}`, {}, layer.title);
    for (const [className, symbol] of layer.symbols) {
      symbol.label = M4.text(`symbol.${layer.name}.${className}`, {}, symbol.label);
    }
    if (M4.language !== FIRST) {
      for (const [column, title] of layer.titles) {
        const ofAnyLayer = M4.text(`column.${column}`, {}, title);
        layer.titles.set(column, M4.text(`column.${layer.name}.${column}`, {}, ofAnyLayer));
      }
    }
  }

  // Whom the data belong to, and under which licence.
  M4.creditText = ({ publisher, licence }) =>
    publisher.includes(licence) ? publisher : M4.text('credits.one', { publisher, licence });

  // A feature without a name in this language; what is numbered shares a name: "patrol-07" is "Joint patrol 7".
  M4.ownName = (id, fallback) => {
    const n = M4.count(TRAILING_NUMBER.exec(id)?.[1] ?? 0);
    return M4.text(`name.${id}`, {}, M4.text(`name.${id.replace(TRAILING_NUMBER, '')}`, { n }, fallback));
  };

  // Figures of several days share a title: "stretch_opposition_2017" is "stretch_opposition" with {day}.
  M4.ownFigure = ({ id, title, value, unit, how }) => {
    const [, date] = DATE_IN_ID.exec(id) ?? [];
    const values = date ? { day: M4.dates.label(date) } : {};
    const ownText = (kind, fallback) =>
      M4.text(`${kind}.${id}`, values, M4.text(`${kind}.${id.replace(DATE_IN_ID, '')}`, values, fallback));
    return { title: ownText('figure', title), value, unit: M4.text(`unit.${unit}`, {}, unit), how: ownText('how', how) };
  };

  const root = document.documentElement;
  root.lang = M4.language;
  root.dir = M4.isRightToLeft ? 'rtl' : 'ltr';
  document.querySelector('#head h1').textContent = M4.text('page.title');

  // Everything on the page is made in one language, so it is made anew; the link keeps what the reader has set.
  const switchTo = (language) => {
    M4.setLink({ lang: language });
    if (M4.readAddress().lang !== language) window.location.hash = `lang=${language}`;
    window.location.reload();
  };

  M4.languageChoice = () => {
    const options = [...M4.texts.keys()].map((language) => {
      const chosen = language === M4.language;
      const dir = M4.rightToLeft.includes(language) ? 'rtl' : 'ltr';
      return M4.element('option', { value: language, lang: language, dir, selected: chosen }, OWN_NAMES[language]);
    });
    const choice = M4.element('select', { id: 'language', 'aria-label': M4.text('languages.label') }, ...options);
    choice.addEventListener('change', () => switchTo(choice.value));
    return choice;
  };

  document.getElementById('tools').append(M4.languageChoice());
}
