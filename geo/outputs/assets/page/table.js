// ---- table
// Every feature as a row: the equivalent of the map for screen readers and keyboard use.

{
  const element = M4.element;
  const STEP = 200;
  const figure = new Intl.NumberFormat(M4.locale, { maximumFractionDigits: 1 }).format;
  const { compare } = new Intl.Collator(M4.locale, { numeric: true });

  const rowOf = (feature, day) => {
    const { layer, properties } = feature;
    const there = M4.features.isThere(feature, day);
    const status = layer.symbols.get(M4.features.classOf(feature, day))?.label ?? null;
    return {
      feature,
      there,
      name: M4.features.nameOf(feature),
      layer: layer.title,
      status: there ? status : M4.text('table.not_there'),
      from: properties.date ?? properties.established_on ?? properties.valid_from ?? null,
      grade: properties.grade ?? null,
      precision: properties.precision_m ?? null,
      km: M4.computed.get(properties.id)?.chainage_km ?? properties.from_km ?? null,
    };
  };

  const layers = () => M4.catalogue.filter(({ isGround }) => !isGround);

  const allRows = (day) => layers().flatMap(({ features }) => features.map((feature) => rowOf(feature, day)));

  const COLUMNS = [
    { key: 'name', title: 'table.name' },
    { key: 'layer', title: 'table.layer' },
    { key: 'status', title: 'table.status' },
    { key: 'from', title: 'table.from', show: M4.dates.label },
    { key: 'grade', title: 'table.grade' },
    { key: 'precision', title: 'table.precision', show: figure },
    { key: 'km', title: 'table.km', show: figure },
  ];

  const isNumber = ({ show }) => show === figure;

  // Unknown values come last in either sort order.
  const sorted = (rows, { key, up }) => {
    const [known, unknown] = [true, false].map((is) => rows.filter((row) => (row[key] !== null) === is));
    const sign = up ? 1 : -1;
    const order = (one, other) => (typeof one === 'number' ? one - other : compare(one, other));
    return [...known.sort((one, other) => sign * order(one[key], other[key])), ...unknown];
  };

  const nameCell = ({ feature, name }) => {
    const button = element('button', { type: 'button' }, M4.ownText(name));
    button.addEventListener('click', () => M4.choose(feature));
    return element('th', { scope: 'row' }, button);
  };

  const cell = (row, column) => {
    const value = row[column.key];
    const text = value === null ? '' : (column.show ?? String)(value);
    return element('td', { class: isNumber(column) ? 'figure' : null, dir: isNumber(column) ? null : 'auto' }, text);
  };

  const bodyRow = (row) => element('tr', {}, nameCell(row), ...COLUMNS.slice(1).map((column) => cell(row, column)));

  const headCell = (column, press) => {
    const button = element('button', { type: 'button' }, M4.text(column.title));
    button.addEventListener('click', () => press(column.key));
    return element('th', { scope: 'col', class: isNumber(column) ? 'figure' : null }, button);
  };

  const layerChoice = () =>
    element(
      'select',
      { id: 'table-layer' },
      element('option', { value: '' }, M4.text('table.all_layers')),
      ...layers().map(({ name, title }) => element('option', { value: name }, title)),
    );

  const labelled = (key, field) =>
    element('div', { class: 'field' }, element('label', { for: field.id }, M4.text(key)), field);

  const build = (day) => {
    const rows = allRows(day);
    const sort = { key: null, up: true };
    let most = STEP;

    const layer = layerChoice();
    const words = element('input', { id: 'table-words', type: 'text', dir: 'auto', autocomplete: 'off' });
    const there = element('input', { id: 'table-there', type: 'checkbox' });
    const status = element('p', { role: 'status' });
    const more = element('button', { type: 'button', class: 'more' }, M4.text('table.more'));
    const body = element('tbody');

    const chosen = () => {
      const features = rows.map(({ feature }) => feature);
      const found = words.value.trim() ? new Set(M4.find(words.value, features).map(({ feature }) => feature)) : null;
      const fits = (row) =>
        (!layer.value || row.feature.layer.name === layer.value) &&
        (!there.checked || row.there) &&
        (!found || found.has(row.feature));
      const fitting = rows.filter(fits);
      return sort.key ? sorted(fitting, sort) : fitting;
    };

    const show = () => {
      const all = chosen();
      const shown = all.slice(0, most);
      body.replaceChildren(...shown.map(bodyRow));
      more.hidden = shown.length === all.length;
      status.textContent = M4.text('table.count', { shown: figure(shown.length), n: figure(all.length), all: figure(rows.length) });
    };

    const restart = () => {
      most = STEP;
      show();
    };

    const heads = COLUMNS.map((column) =>
      headCell(column, (key) => {
        sort.up = sort.key !== key || !sort.up;
        sort.key = key;
        heads.forEach((head, at) => {
          if (COLUMNS[at].key === key) head.setAttribute('aria-sort', sort.up ? 'ascending' : 'descending');
          else head.removeAttribute('aria-sort');
        });
        restart();
      }),
    );

    for (const field of [layer, there]) field.addEventListener('change', restart);
    words.addEventListener('input', restart);
    more.addEventListener('click', () => {
      const next = most;
      most += STEP;
      show();
      body.rows[next].querySelector('button').focus();
    });

    const caption = element('caption', {}, element('span', {}, M4.text('table.caption', { day: M4.dates.label(day) })));
    const table = element('table', {}, caption, element('thead', {}, element('tr', {}, ...heads)), body);
    const scroller = element('div', { class: 'scroller', role: 'region', tabindex: '0', 'aria-label': M4.text('table.title') }, table, more);
    const onDate = labelled('table.only_there', there);
    onDate.classList.add('check');
    const tools = element('div', { class: 'table-tools' }, labelled('table.layer', layer), labelled('table.words', words), onDate);
    show();
    return element('div', { class: 'all-features' }, tools, status, scroller);
  };

  M4.showTable = () => M4.addTool('table.title', () => M4.openDialogue(M4.text('table.title'), build(M4.state.day)));
}
