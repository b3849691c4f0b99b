// The panel is legend and layer control, and lists every feature for readers who do not use a mouse.

{
  const element = M4.element;
  const DAY_MS = 86_400_000;
  const LAST = 1e9; // features without a number are sorted last
  const WIDE = window.matchMedia('(min-width: 700px)');
  const panel = document.getElementById('panel');
  const toggle = document.getElementById('panel-toggle');

  const pick = (feature) => {
    if (!WIDE.matches) open(false);
    M4.select(feature);
  };

  // A date beside the name distinguishes events with the same name.
  const item = (feature, reason = null) => {
    const name = M4.ownText(M4.features.nameOf(feature));
    const remarks = [M4.features.whenOf(feature), reason].filter(Boolean);
    const lines = remarks.map((remark) => element('small', { dir: 'auto' }, remark));
    const button = element('button', { type: 'button' }, name, ...lines);
    button.addEventListener('click', () => pick(feature));
    return element('li', {}, button);
  };

  const { compare } = new Intl.Collator(M4.language);
  const byNumberThenName = (one, other) =>
    (one.properties.number ?? LAST) - (other.properties.number ?? LAST) ||
    compare(M4.features.nameOf(one), M4.features.nameOf(other));

  // A button that opens a list below; the list exists only while it is open.
  const disclosure = (className, itemOf) => {
    const list = element('ul', { class: 'features', hidden: true });
    const button = element('button', { type: 'button', class: className, 'aria-expanded': 'false' });
    let features = [];
    const fill = () => list.replaceChildren(...(list.hidden ? [] : features.sort(byNumberThenName).map(itemOf)));
    button.addEventListener('click', () => {
      list.hidden = !list.hidden;
      button.setAttribute('aria-expanded', String(!list.hidden));
      fill();
    });
    const show = (current) => {
      features = current;
      fill();
    };
    return { button, list, show };
  };

  // The swatch of a class is drawn like its features, or, if the class is computed, like any feature.
  const sampleOf = (layer, className) => {
    const placed = layer.features.filter(({ geometry }) => geometry);
    return placed.find(({ properties }) => properties[layer.by] === className) ?? placed[0];
  };

  const legendRow = (layer, className, symbol) => {
    const sample = sampleOf(layer, className);
    const picture = () => M4.symbols.swatch(symbol, sample ? M4.features.kindOf(sample) : 'area');
    const holder = element('span', { class: `swatch ${layer.name} ${className}` }, picture());
    M4.symbols.darkScheme.addEventListener('change', () => holder.replaceChildren(picture()));
    const number = element('span', { class: 'number' });
    const row = element('li', {}, holder, element('span', {}, symbol.label), layer.symbols.size > 1 ? number : null);
    return { row, className, number };
  };

  // The date of the road's data, with a warning if it is old on the day of reading.
  const snapshotRemark = ({ snapshot }) => {
    if (!snapshot) return null;
    const day = snapshot.slice(0, 10); // an instant is shown as its day
    const isDate = M4.dates.isDate(day);
    const age = isDate ? (Date.now() - Date.parse(M4.dates.lastDay(day))) / DAY_MS : Infinity;
    const words = M4.text('panel.snapshot', { day: isDate ? M4.dates.label(day) : snapshot });
    const warning = age > (M4.staleAfterDays ?? Infinity) ? ` ${M4.text('panel.snapshot_old')}` : '';
    return element('p', { class: warning ? 'remark old' : 'remark' }, words, warning);
  };

  // The first day on which a layer has features; null if some features have no known start.
  const beginningOf = ({ features }) => {
    const days = features.map(({ periods: [first] }) => first?.from);
    return days.every(Boolean) ? (days.sort()[0] ?? null) : null;
  };

  // A checkbox that adds a Leaflet layer to the map and removes it, and follows changes made elsewhere.
  const boxOf = (drawing, map) => {
    const box = element('input', { type: 'checkbox', checked: map.hasLayer(drawing) });
    box.addEventListener('change', () => (box.checked ? map.addLayer(drawing) : map.removeLayer(drawing)));
    map.on('layeradd layerremove', ({ layer: changed }) => {
      if (changed === drawing) box.checked = map.hasLayer(drawing);
    });
    return box;
  };

  const layerSection = (layer, map) => {
    const shown = disclosure('count', (feature) => item(feature));
    const undrawn = disclosure('undrawn', (feature) => item(feature, M4.features.whyUndrawn(feature)));
    const rows = [...layer.symbols]
      .filter(([, symbol]) => symbol.stroke || symbol.fill)
      .map(([className, symbol]) => legendRow(layer, className, symbol));
    const layered = [...layer.symbols.values()].some(({ offset }) => offset);
    const begins = beginningOf(layer);
    const notYet = begins && element('p', { class: 'remark' }, M4.text('panel.not_yet', { day: M4.dates.label(begins) }));
    M4.follow(['day'], ({ day }) => {
      const drawn = M4.features.drawn(layer, day);
      const n = M4.count(drawn.length);
      shown.button.textContent = n;
      shown.button.setAttribute('aria-label', M4.text('panel.list', { n, title: layer.title }));
      shown.show([...drawn]);
      for (const { row, className, number } of rows) {
        const ofClass = drawn.filter((feature) => M4.features.classOf(feature, day) === className);
        number.textContent = M4.count(ofClass.length);
        row.classList.toggle('none', !ofClass.length);
      }
      const hidden = M4.features.undrawn(layer, day);
      undrawn.button.textContent = M4.text('panel.undrawn', { n: M4.count(hidden.length) });
      undrawn.button.hidden = !hidden.length;
      undrawn.show(hidden);
      if (notYet) notYet.hidden = begins <= day;
    });
    return element(
      'section',
      {},
      element(
        'div',
        { class: 'layer' },
        element('label', {}, boxOf(M4.drawings.get(layer.name), map), element('span', {}, layer.title)),
        shown.button,
      ),
      shown.list,
      element('ul', { class: 'legend' }, ...rows.map(({ row }) => row)),
      notYet,
      M4.features.isDated(layer) ? element('p', { class: 'remark' }, M4.text('date.counted')) : null,
      snapshotRemark(layer),
      layered ? element('p', { class: 'remark' }, M4.text('panel.layered')) : null,
      layer.fromZoom === null ? null : element('p', { class: 'remark' }, M4.text('panel.from_zoom')),
      undrawn.button,
      undrawn.list,
    );
  };

  // All of the ground is one layer to the reader, with one switch.
  const groundSection = (map) => {
    const drawings = M4.ground.map(({ name }) => M4.drawings.get(name));
    const box = element('input', { type: 'checkbox' });
    const show = () => {
      const shown = drawings.filter((drawing) => map.hasLayer(drawing));
      box.checked = shown.length > 0;
      box.indeterminate = shown.length > 0 && shown.length < drawings.length;
    };
    box.addEventListener('change', () => {
      const isOn = box.checked; // it follows each of the layers
      for (const drawing of drawings) map[isOn ? 'addLayer' : 'removeLayer'](drawing);
    });
    map.on('layeradd layerremove', show);
    show();
    const rows = [...M4.ground].reverse().flatMap((layer) =>
      [...layer.symbols]
        .filter(([, symbol]) => symbol.stroke || symbol.fill)
        .reverse()
        .map(([className, symbol]) => legendRow(layer, className, symbol).row),
    );
    const legend = element('details', {}, element('summary', {}, M4.text('panel.ground_legend')), element('ul', { class: 'legend' }, ...rows));
    const label = element('label', {}, box, element('span', {}, M4.text('panel.ground')));
    return element('section', { class: 'ground' }, element('div', { class: 'layer' }, label), legend);
  };

  // The main layers in their own order, and the others from the top layer downwards.
  const inLegendOrder = (layers) => {
    const main = M4.mainLayers.map((main) => layers.find(({ name }) => name === main)).filter(Boolean);
    return [main, layers.filter((layer) => !main.includes(layer)).reverse()];
  };

  // Sections that are folded until they are opened, or one of their layers is turned on elsewhere, such as by a link.
  const folded = (sections, layers, map) => {
    const content = element('div', { id: 'more-layers', hidden: true }, ...sections);
    const button = element('button', { type: 'button', id: 'more', 'aria-controls': content.id }, M4.text('panel.more'));
    const fold = (is) => {
      content.hidden = is;
      button.setAttribute('aria-expanded', String(!is));
    };
    button.addEventListener('click', () => fold(!content.hidden));
    fold(true);
    const own = layers.map(({ name }) => M4.drawings.get(name));
    const off = new Set(own.filter((drawing) => !map.hasLayer(drawing)));
    map.on('layerremove', ({ layer }) => own.includes(layer) && off.add(layer));
    map.on('layeradd', ({ layer }) => off.delete(layer) && fold(false)); // not those that are on from the beginning
    return sections.length ? [button, content] : [];
  };

  // Layers that were added with folium, under the names that its layer control would show; not those whose script
  // could not be fetched.
  const addedSection = (added, map) => {
    const made = added.filter(([, drawing]) => drawing);
    const rows = made.map(([title, drawing]) => element('label', {}, boxOf(drawing, map), M4.ownText(title)));
    return element('section', { class: 'added' }, ...rows.map((row) => element('div', { class: 'layer' }, row)));
  };

  const open = (isOpen) => {
    panel.hidden = !isOpen;
    document.body.classList.toggle('with-panel', isOpen);
    toggle.setAttribute('aria-expanded', String(isOpen));
    toggle.textContent = M4.text(isOpen ? 'panel.close' : 'panel.open');
  };

  M4.showPanel = (map, added) => {
    panel.setAttribute('aria-label', M4.text('panel.label'));
    const [main, others] = inLegendOrder(M4.catalogue.filter(({ isGround }) => !isGround));
    const sectionsOf = (layers) => layers.map((layer) => layerSection(layer, map));
    const more = [...sectionsOf(others), ...(M4.ground.length ? [groundSection(map)] : [])];
    panel.append(
      added.length ? addedSection(added, map) : '',
      ...sectionsOf(main),
      ...folded(more, others, map),
      M4.factsSection(),
      element('p', { class: 'disclaimer' }, M4.text('panel.disclaimer')),
    );
    toggle.hidden = false;
    toggle.addEventListener('click', () => open(panel.hidden));
    const opensItself = () => WIDE.matches && !M4.isEmbedded;
    open(opensItself());
    WIDE.addEventListener('change', () => open(opensItself()));
  };

  // Whether there was an open panel to close.
  M4.closePanelOverMap = () => {
    if (WIDE.matches || panel.hidden) return false;
    open(false);
    toggle.focus();
    return true;
  };
}
