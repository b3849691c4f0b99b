// Everything known of the selected feature: names, status, columns, certainty, sources.

{
  const element = M4.element;
  const COMMON = ['id', 'valid_from', 'valid_to', 'basis', 'precision_m', 'grade', 'sources', 'note'];
  const APART = ['no_segment', 'claims', 'stated_by', 'stated_on']; // shown elsewhere
  const NAMES = ['also_called', 'ref', 'vertex_between', 'vertex_sources']; // names and ids, in any language
  const PLACES = ['from_place', 'to_place', 'planned_end']; // columns that hold the id of a place
  const DATE = /^(date|as_of|attested_until|gone_by)$|_on$|^valid_/;
  const NUMBER = /^number|_(m|km|km2|deg)$/; // others, such as the ids of a gazetteer, keep their digits
  const NAME = /^name_([a-z]{2})$/;
  const LONG = 60; // a longer text gets the full width

  // No position here is known to better than 100 m, so computed values are rounded to that.
  const number = new Intl.NumberFormat(M4.locale, { maximumFractionDigits: 1 });

  const { ownText } = M4;

  const titleOf = (layer, column) => layer.titles.get(column) ?? M4.text(`column.${column}`, {}, column);

  M4.gradeInWords = (grade) => {
    const [source, information] = [M4.text(`grade.source.${grade[0]}`), M4.text(`grade.information.${grade[1]}`)];
    return M4.text('grade.in_words', { grade, source, information });
  };

  // The name of a party in the language of the page.
  M4.partyName = (party) => M4.text(`value.patrolled_by.${party}`, {}, party);

  // Who patrols a side was announced by one party: the title says by whom, and when.
  const titleIn = (layer, { stated_by: by, stated_on: day }, column) =>
    column === 'patrolled_by' && by && day
      ? M4.text('column.patrolled_by_stated', { by: M4.partyName(by), day: M4.dates.label(day) })
      : titleOf(layer, column);

  const entries = (values, show) =>
    element(
      'details',
      {},
      element('summary', {}, M4.text('details.entries', { n: M4.count(values.length) })),
      element('ol', {}, ...values.map((value) => element('li', {}, show(String(value))))),
    );

  const valueNode = (layer, column, value) => {
    const show = NAMES.includes(column) ? ownText : column === 'clause' ? M4.figure : M4.fact;
    if (Array.isArray(value)) return entries(value, show);
    if (column === 'grade') return M4.gradeInWords(value);
    if (PLACES.includes(column)) return ownText(M4.features.placeName(value));
    if (DATE.test(column)) return M4.dates.label(value);
    if (typeof value === 'number') return NUMBER.test(column) ? number.format(value) : String(value);
    if (column === layer.by && layer.symbols.has(value)) return layer.symbols.get(value).label;
    const own = M4.text(`value.${column}.${value}`, {}, '');
    return own ? ownText(own) : show(String(value));
  };

  const row = (title, value, long = false) => {
    const className = long ? 'long' : null;
    return [element('dt', { class: className }, title), element('dd', { class: className }, value)];
  };

  const columnRows = ({ layer, properties }, columns) =>
    columns
      .filter((column) => Object.keys(properties).includes(column))
      .flatMap((column) => {
        const value = properties[column];
        return row(titleIn(layer, properties, column), valueNode(layer, column, value), isLong(value));
      });

  const isLong = (value) => Array.isArray(value) || String(value).length > LONG;

  const list = (rows) => (rows.length ? element('dl', {}, ...rows) : null);

  const section = (title, content) => content && element('section', {}, element('h3', {}, title), content);

  const statusRow = (feature, day) => {
    if (feature.layer.by !== 'status' || feature.properties.claims) return [];
    const title = M4.text('details.status', { day: M4.dates.label(day) });
    const symbol = feature.layer.symbols.get(M4.features.classOf(feature, day));
    return row(title, symbol ? symbol.label : M4.text('details.status_before'));
  };

  const undrawnRow = (feature) =>
    M4.features.isOnGround(feature) ? [] : row(M4.text('details.undrawn'), ownText(M4.features.whyUndrawn(feature)));

  const computedRows = ({ layer, properties: { id } }, day) =>
    Object.entries(M4.computed.get(id) ?? {})
      .filter(([column]) => column !== 'in_corridor' || M4.features.isFocusThere(day))
      .flatMap(([column, value]) => row(titleOf(layer, column), valueNode(layer, column, value)));

  const ownColumns = (properties) =>
    Object.keys(properties).filter(
      (column) => !COMMON.includes(column) && !NAME.test(column) && !APART.includes(column),
    );

  const inOtherLanguage = (language, name) => {
    const inWords = new Intl.DisplayNames([M4.language], { type: 'language' }).of(language);
    return element('li', {}, element('small', {}, inWords), ' ', element('bdi', { lang: language, dir: 'auto' }, name));
  };

  const otherNames = ({ properties }) => {
    const names = Object.keys(properties)
      .map((column) => NAME.exec(column)?.[1])
      .filter((language) => language && language !== M4.language)
      .map((language) => inOtherLanguage(language, properties[`name_${language}`]));
    return names.length ? element('ul', { class: 'names', 'aria-label': M4.text('details.names') }, ...names) : null;
  };

  const safeAddress = (text) => {
    try {
      const address = new URL(text);
      return ['http:', 'https:'].includes(address.protocol) ? address : null;
    } catch {
      return null;
    }
  };

  const sourceItem = (id) => {
    const source = M4.sources.get(id) ?? {};
    const address = safeAddress(source.url);
    const lang = source.title_language ?? source.language ?? null; // a title may be in our words
    const title = element('bdi', { dir: 'auto', lang }, source.title ?? address?.host ?? id);
    const about = [source.publisher, source.date && M4.dates.label(source.date), source.title && address?.host];
    const link = { href: address?.href ?? null, target: '_blank', rel: 'noopener noreferrer' };
    return element(
      'li',
      {},
      address ? element('a', link, title) : title,
      element('small', {}, ...about.filter(Boolean).flatMap((part, place) => [place ? ' · ' : '', ownText(part)])),
    );
  };

  M4.sourceList = ({ sources: ids = [] }) =>
    ids.length ? element('ol', { class: 'sources' }, ...ids.map(sourceItem)) : null;

  // ---- What the card begins with: one sentence from the dates.

  const PRECISE = '2020-03-06'.length;
  const when = (date) => M4.text(date.length === PRECISE ? 'card.on' : 'card.in', { day: M4.dates.label(date) });

  const EVENTS = {
    established: (date) => M4.text('card.established', { when: when(date) }),
    encircled: (date) => M4.text('card.encircled', { when: when(date) }),
    encircled_by: (date) => M4.text('card.encircled_by', { day: M4.dates.label(date) }),
    attested: (date) => M4.text('card.attested', { when: when(date) }),
    evacuated: (date) => M4.text('card.evacuated', { when: when(date) }),
    gone_by: (date) => M4.text('card.gone_by', { when: when(date) }),
  };

  const postSentence = ({ properties: { id, kind, number: n } }) => {
    const post = kind === 'official' ? M4.text('card.agreed', { n: M4.count(n) }) : M4.text('card.additional');
    const known = M4.postDates.get(id).map(([event, date]) => EVENTS[event](date));
    const parts = known.length ? [post, ...known] : [post, M4.text('card.undated')];
    return `${parts.reduce((one, other) => M4.text('card.and', { one, other }))}.`;
  };

  const eventSentence = (feature) => {
    const { layer, properties } = feature;
    const label = layer.symbols.get(M4.features.classOf(feature, properties.date))?.label;
    if (!properties.date || !label) return null;
    return M4.text('card.event', { name: M4.features.nameOf(feature), when: when(properties.date), what: label });
  };

  const latestSentence = (feature, day) => {
    const claim = M4.latestClaim(feature, day);
    return claim && [M4.text('card.latest', { when: when(claim.date) }), ' ', M4.claimTitle(claim)];
  };

  const sentenceOf = (feature, day) =>
    M4.postDates.has(feature.properties.id) ? postSentence(feature) : (eventSentence(feature) ?? latestSentence(feature, day));

  const lead = (feature, day) => {
    const sentence = sentenceOf(feature, day);
    return sentence && element('p', { class: 'sentence', dir: 'auto' }, ...[sentence].flat());
  };

  // ---- What to cite: the feature as shown, the page and its build, and the sources in short.

  const shortSource = (id) => {
    const { publisher = id, date } = M4.sources.get(id) ?? {};
    return date ? `${publisher} (${M4.dates.label(date)})` : publisher;
  };

  const citationOf = (feature, day) => {
    const { layer, properties } = feature;
    return M4.text('card.citation', {
      name: M4.features.nameOf(feature),
      id: `${layer.name}/${properties.id}`,
      day: M4.dates.label(day),
      title: M4.text('page.title'),
      build: M4.buildId || '–',
      sources: (properties.sources ?? []).map(shortSource).join('; ') || '–',
    });
  };

  const citation = (feature, day) => {
    const text = element('p', { class: 'citation', dir: 'auto', hidden: true });
    const button = element('button', { type: 'button', class: 'copy' }, M4.text('card.cite'));
    button.addEventListener('click', () => {
      text.textContent = citationOf(feature, day);
      text.hidden = false;
      M4.copyText(button, text);
    });
    return element('div', { 'aria-live': 'polite' }, button, text);
  };

  const content = (feature, day) => {
    const { layer, properties } = feature;
    const own = ['valid_from', 'valid_to', ...ownColumns(properties)];
    const [short, long] = [false, true].map((is) => own.filter((column) => isLong(properties[column]) === is));
    return [
      element('p', { class: 'kicker' }, layer.title),
      element('h2', { dir: 'auto' }, M4.features.nameOf(feature)),
      lead(feature, day),
      otherNames(feature),
      list([...statusRow(feature, day), ...undrawnRow(feature), ...columnRows(feature, short)]),
      section(M4.text('details.computed'), list(computedRows(feature, day))),
      section(M4.text('details.certainty'), list(columnRows(feature, ['grade', 'basis', 'precision_m']))),
      M4.claimsSection(feature, day),
      M4.coordinatesSection(feature),
      section(M4.text('details.notes'), list(columnRows(feature, ['note', ...long]))),
      section(M4.text('details.sources'), M4.sourceList(properties)),
      citation(feature, day),
      element('p', { class: 'id' }, properties.id),
    ];
  };

  const box = document.getElementById('details');
  let opener = null;

  const open = (feature, day) => {
    if (box.hidden) opener = document.activeElement;
    const close = element('button', { type: 'button', class: 'close', 'aria-label': M4.text('details.close') }, '×');
    close.addEventListener('click', () => M4.select(null));
    box.replaceChildren(close, ...content(feature, day).filter(Boolean));
    box.hidden = false;
    box.scrollTop = 0;
  };

  const shut = () => {
    if (box.hidden) return;
    box.hidden = true;
    box.replaceChildren();
    if (opener?.isConnected) opener.focus();
  };

  M4.showDetails = () => {
    box.setAttribute('aria-label', M4.text('details.label'));
    M4.follow(['selected', 'day'], ({ selected, day }) => (selected ? open(selected, day) : shut()));
    M4.follow(['selected'], ({ selected }) => selected && box.focus({ preventScroll: true }));
  };

  // The part of the map that the details cover, as padding for Leaflet's fitting methods.
  M4.coveredByDetails = () => {
    const { width, height } = box.getBoundingClientRect();
    const isSheet = width > box.parentElement.clientWidth / 2;
    if (isSheet) return { paddingTopLeft: [40, 40], paddingBottomRight: [40, height + 40] };
    const [beside, free] = [[width + 40, 40], [40, 40]];
    const [paddingTopLeft, paddingBottomRight] = M4.isRightToLeft ? [beside, free] : [free, beside];
    return { paddingTopLeft, paddingBottomRight };
  };
}
