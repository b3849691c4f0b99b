// About: what the map shows and does not show, its method, and its data sources.

{
  const element = M4.element;
  const PROTOCOLS = ['http:', 'https:', 'mailto:'];

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

  // The words of the text itself, in its language.
  const term = ({ clause, quote, note, sources }) =>
    element(
      'div',
      { class: 'term' },
      element('p', { class: 'clause' }, M4.text('about.clause', { clause })),
      element('blockquote', { lang: 'en', dir: 'ltr' }, quote),
      note ? element('p', { lang: 'en', dir: 'ltr' }, note) : null,
      sourceLine(sources),
    );

  // A note in the language of the page, otherwise in English.
  const noteOf = ({ note, note_in: translated = {} }) => {
    const own = translated[M4.language];
    return own || !note ? own : element('bdi', { lang: 'en', dir: 'ltr' }, note);
  };

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
    return element('div', { class: 'term' }, paragraph(...[text, ' ', noteOf(term)].filter(Boolean)), sourceLine(sources));
  };

  const agreement = ({ title, signed_on: day, note, sources, ceasefire, corridor, patrols, sides }) =>
    section(
      M4.text('about.agreement'),
      paragraph(element('bdi', { lang: 'en', dir: 'ltr' }, title), day ? `, ${M4.dates.label(day)}` : ''),
      note ? element('p', { lang: 'en', dir: 'ltr' }, note) : null,
      sourceLine(sources),
      ...[ceasefire, corridor, patrols].filter((one) => one?.quote).map(term),
      ...sides.filter(({ patrolled_by: party, note }) => party || note).map(side),
    );

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
        licences(),
        plain('about.disclaimer', 'about.disclaimer_text'),
        section(M4.text('about.corrections'), corrections()),
        M4.buildId ? paragraph(M4.text('about.build'), ' ', element('bdi', { class: 'id', dir: 'ltr' }, M4.buildId)) : null,
      ),
    );

  M4.showAbout = () => M4.addTool('about.tool', open);
}
