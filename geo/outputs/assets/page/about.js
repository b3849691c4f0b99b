// About: what the map shows and does not show, its method, and its data sources.

{
  const element = M4.element;
  const PROTOCOLS = ['http:', 'https:', 'mailto:'];

  // What a correction can be about besides a layer.
  const NOT_LAYERS = new Map([
    ['agreement', 'about.agreement'],
    ['texts', 'about.log_texts'],
  ]);

  const addressOf = (text) => {
    try {
      const address = new URL(/^[^\s@/:]+@[^\s@/:]+$/.test(text) ? `mailto:${text}` : text);
      return PROTOCOLS.includes(address.protocol) ? address : null;
    } catch {
      return null;
    }
  };

  const link = (text, address) =>
    address ? element('a', { href: address.href, target: '_blank', rel: 'noopener noreferrer' }, text) : text;

  const paragraph = (...children) => element('p', {}, ...children);

  const section = (title, ...content) => element('section', {}, element('h3', {}, title), ...content);

  const list = (...items) => element('ul', {}, ...items.map((item) => element('li', {}, item)));

  const source = (id) => {
    const { title, publisher, url = '' } = M4.sources.get(id) ?? {};
    const address = addressOf(url);
    return M4.ownText(link(title ?? publisher ?? address?.host ?? id, address));
  };

  const sourceLine = (ids) =>
    element('p', { class: 'sources-line' }, `${M4.text('about.sources')} `, ...ids.flatMap((id, at) => (at ? ['; ', source(id)] : [source(id)])));

  // A text and its language: that of the page, otherwise English.
  const worded = (english, translated = {}) => {
    const own = M4.language === 'en' ? english : translated[M4.language];
    return { text: own ?? english, language: own ? M4.language : 'en' };
  };

  const inLanguage = (tag, text, language) =>
    element(tag, { lang: language, dir: M4.rightToLeft.includes(language) ? 'rtl' : 'ltr' }, text);

  const own = ({ text, language }) => inLanguage('bdi', text, language);

  const clauseName = (number) => M4.text('about.clause', { clause: /^\d+$/.test(number) ? M4.count(number) : number });

  const note = ({ note: text, note_in: translated }) => (text ? own(worded(text, translated)) : null);

  const noteParagraph = (term) => (term.note ? paragraph(note(term)) : null);

  // The words of a clause: official, or our translation, with the official words in other languages.
  const clause = ({ clause: number, quote, quote_in: translated = {}, official, ...term }) => {
    const shown = worded(quote, translated);
    const originals = official.filter((language) => language !== shown.language);
    const name = number ? clauseName(number) : M4.text('about.closing');
    const mark = M4.text(official.includes(shown.language) ? 'about.official' : 'about.ours');
    return element(
      'div',
      { class: 'term' },
      element('p', { class: 'clause' }, `${name} · ${mark}`),
      inLanguage('blockquote', shown.text, shown.language),
      originals.length
        ? element(
            'details',
            {},
            element('summary', {}, M4.text('about.originals')),
            ...originals.map((language) => inLanguage('blockquote', language === 'en' ? quote : translated[language], language)),
          )
        : null,
      noteParagraph(term),
      sourceLine(term.sources),
    );
  };

  // The title of a document; if it is our translation, with the title in English.
  const titleNodes = ({ title, title_in: translated, official }) => {
    const shown = worded(title, translated);
    return official.includes(shown.language) || !official.length ? [own(shown)] : [own(shown), ` (${M4.text('about.ours')})`];
  };

  const englishTitle = ({ title, official }) =>
    official.includes('en') && M4.language !== 'en' && !official.includes(M4.language)
      ? element('p', { class: 'clause' }, inLanguage('bdi', title, 'en'))
      : null;

  const dated = (day) => (day ? ` · ${M4.dates.label(day)}` : '');

  const point = ({ clause: number, en, ...term }) =>
    element(
      'li',
      {},
      number ? `${clauseName(number)}. ` : null,
      own(worded(en, term)),
      ...(term.note ? [' ', note(term)] : []),
    );

  // A document before or after the agreement: what it says, in our words.
  const documentOf = (text) =>
    element(
      'details',
      {},
      element('summary', {}, ...titleNodes(text), dated(text.signed_on)),
      englishTitle(text),
      paragraph(M4.text('about.parties', { parties: new Intl.ListFormat(M4.locale).format(text.parties.map(M4.partyName)) })),
      noteParagraph(text),
      text.points.length ? element('p', { class: 'clause' }, M4.text('about.points')) : null,
      element('ul', { class: 'points' }, ...text.points.map(point)),
      sourceLine([...new Set([text, ...text.points].flatMap(({ sources }) => sources))]),
    );

  const documents = (heading, texts) => (texts.length ? [element('h4', {}, M4.text(heading)), ...texts.map(documentOf)] : []);

  // The name of a side of the corridor, also on a map without the corridor.
  const sideLabel = (name) => {
    const symbols = M4.catalogue.find((layer) => layer.name === 'corridor')?.symbols;
    return symbols?.get(name)?.label ?? M4.text(`symbol.corridor.${name}`, {}, M4.text(`value.side.${name}`));
  };

  // The party that patrols a side of the corridor, who announced it, and what is known about it.
  const side = (term) => {
    const { side: name, patrolled_by: party, stated_by: by, stated_on: day, sources } = term;
    const names = { side: sideLabel(name) };
    const who = party && { ...names, who: M4.partyName(party) };
    const stated = who && by && day ? { ...who, by: M4.partyName(by), day: M4.dates.label(day) } : null;
    const text = stated ? M4.text('about.side', stated) : who ? M4.text('about.side_unstated', who) : `${names.side}.`;
    return element('div', { class: 'term' }, paragraph(...[text, ' ', note(term)].filter(Boolean)), sourceLine(sources));
  };

  const preamble = ({ sources, ...words }) =>
    element(
      'div',
      { class: 'term' },
      element('p', { class: 'clause' }, M4.text('about.preamble')),
      paragraph(own(worded(words.en, words))),
      sourceLine(sources),
    );

  const agreement = (agreed) => {
    const { ceasefire, corridor, patrols, closing, sides } = agreed;
    return section(
      M4.text('about.agreement'),
      paragraph(...titleNodes(agreed), dated(agreed.signed_on)),
      englishTitle(agreed),
      noteParagraph(agreed),
      sourceLine(agreed.sources),
      agreed.preamble ? preamble(agreed.preamble) : null,
      ...[ceasefire, corridor, patrols, closing].filter((one) => one?.quote).map(clause),
      ...sides.filter((one) => one.patrolled_by || one.note).map(side),
      ...documents('about.earlier', agreed.earlier),
      ...documents('about.later', agreed.later),
    );
  };

  const licences = () =>
    section(
      M4.text('about.licences'),
      paragraph(M4.text('about.licences_data')),
      list(...M4.credits.map((credit) => M4.ownText(M4.creditText(credit)))),
      element(
        'details',
        {},
        element('summary', {}, M4.text('about.leaflet')),
        ...M4.leafletLicence.map((text) => element('p', { lang: 'en', dir: 'ltr' }, text)),
      ),
    );

  const corrections = () =>
    M4.corrections
      ? paragraph(
          `${M4.text('about.corrections_to')} `,
          element('bdi', { dir: 'ltr' }, link(M4.corrections, addressOf(M4.corrections))),
        )
      : paragraph(M4.text('about.corrections_none'));

  // The feature that was corrected: its name, or the title of an event.
  const correctedName = ({ layer: name, feature: id }) => {
    const found = M4.catalogue.find((layer) => layer.name === name)?.features.find(({ properties }) => properties.id === id);
    const event = name === 'timeline' ? M4.timeline.find((one) => one.id === id) : null;
    return event ? M4.claimTitle(event) : M4.ownText(found ? M4.features.nameOf(found) : id);
  };

  const english = (text) => inLanguage('bdi', text, 'en');

  const line = (key, text) => paragraph(`${M4.text(key)} `, english(text));

  const changes = ({ before, after }) =>
    before && after
      ? [line('about.before', before), line('about.after', after)]
      : [line(before ? 'about.removed' : 'about.added', before ?? after)];

  const correction = (row) => {
    const { layer, layer_title: title } = row;
    const where = M4.text(NOT_LAYERS.get(layer) ?? `layer.${layer}`, {}, title);
    return element(
      'li',
      {},
      element(
        'p',
        { class: 'clause' },
        `${M4.dates.label(row.date)} · ${where}`,
        ...(row.feature ? [' · ', correctedName(row)] : []),
      ),
      ...changes(row),
      row.sources?.length ? sourceLine(row.sources) : null,
    );
  };

  // What was corrected, the newest first.
  const corrected = (rows) =>
    section(
      M4.text('about.corrected'),
      element(
        'details',
        {},
        element('summary', {}, M4.text('about.corrected_count', { n: M4.count(rows.length) })),
        element('ul', { class: 'points' }, ...[...rows].reverse().map(correction)),
      ),
    );

  const plain = (title, text) => section(M4.text(title), paragraph(M4.text(text)));

  const open = () =>
    M4.openDialogue(
      M4.text('about.title'),
      element(
        'div',
        { class: 'about' },
        plain('about.shows', 'about.shows_text'),
        plain('about.reading', 'about.reading_text'),
        agreement(M4.agreement),
        plain('about.method', 'about.method_text'),
        plain('about.inferred', 'about.inferred_text'),
        plain('about.limits', 'about.limits_text'),
        M4.ground.some(({ name }) => name === 'roads') ? plain('about.ground', 'about.ground_text') : null,
        licences(),
        plain('about.disclaimer', 'about.disclaimer_text'),
        M4.corrected.length ? corrected(M4.corrected) : null,
        section(M4.text('about.corrections'), corrections()),
        M4.buildId ? paragraph(M4.text('about.build'), ' ', element('bdi', { class: 'id', dir: 'ltr' }, M4.buildId)) : null,
      ),
    );

  M4.showAbout = () => M4.addTool('about.tool', open);
}
