// Downloads: every layer as a file, created in the page from its own data.

{
  const element = M4.element;
  const BYTE_ORDER_MARK = '\ufeff';
  // Texts that a spreadsheet would take for a formula, in half and full width.
  const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
  const NAMES = { geojson: 'GeoJSON', csv: 'CSV' };
  const TYPES = { geojson: 'application/geo+json', csv: 'text/csv' };
  const LAST = 10000; // milliseconds after which a browser has certainly read the file

  const json = (layer) => ({
    type: 'FeatureCollection',
    name: layer.name,
    title: layer.title,
    as_of: M4.state.day,
    licence: M4.text('download.licence'),
    credits: M4.credits,
    note: M4.text('download.note'),
    features: layer.features.map((feature) => ({
      type: 'Feature',
      properties: { ...feature.properties, ...statusOf(feature) },
      geometry: feature.geometry ?? null,
    })),
  });

  // On the day shown; the status of posts changes with the day.
  const statusOf = (feature) =>
    feature.layer.by === 'status' ? { status_on_day: M4.features.classOf(feature, M4.state.day) } : {};

  const list = (items) => `(${items.join(', ')})`;
  const position = ([lon, lat]) => `${lon} ${lat}`;
  const line = (points) => list(points.map(position));
  const rings = (lines) => list(lines.map(line));
  const WKT = {
    Point: (at) => `(${position(at)})`,
    LineString: line,
    MultiLineString: rings,
    Polygon: rings,
    MultiPolygon: (parts) => list(parts.map(rings)),
  };

  const wkt = (geometry) => geometry && `${geometry.type.toUpperCase()} ${WKT[geometry.type](geometry.coordinates)}`;

  const place = ({ geometry }) =>
    geometry?.type === 'Point'
      ? { longitude: geometry.coordinates[0], latitude: geometry.coordinates[1] }
      : { wkt: wkt(geometry) };

  const cell = (value) => {
    if (value === null || value === undefined) return '';
    if (typeof value === 'number') return String(value);
    const text = Array.isArray(value) ? value.join(';') : String(value);
    const safe = FORMULA.test(text) ? `'${text}` : text;
    return /[",;\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };

  const csv = (layer) => {
    const rows = layer.features.map((feature) => ({ ...feature.properties, ...statusOf(feature), ...place(feature) }));
    const known = (name) => rows.some((row) => (row[name] ?? null) !== null);
    const columns = [...new Set(rows.flatMap(Object.keys))].filter(known);
    const lines = [columns, ...rows.map((row) => columns.map((name) => row[name]))];
    return BYTE_ORDER_MARK + lines.map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
  };

  const TEXTS = { geojson: (layer) => `${JSON.stringify(json(layer))}\n`, csv };

  // Saves a file made here: `name` without the map and the day.
  M4.saveFile = (file, name, kind) => {
    const address = URL.createObjectURL(file);
    const download = [M4.mapName, name, `${M4.state.day}.${kind}`].filter(Boolean).join('_');
    const link = element('a', { href: address, download, hidden: true });
    document.body.append(link);
    link.click();
    link.remove();
    window.setTimeout(() => URL.revokeObjectURL(address), LAST);
  };

  const save = (layer, kind) => M4.saveFile(new Blob([TEXTS[kind](layer)], { type: TYPES[kind] }), layer.name, kind);

  const button = (layer, kind, name) => {
    const label = M4.text('download.one', { title: layer.title, kind: name });
    const node = element('button', { type: 'button', class: 'download', 'aria-label': label }, name);
    node.addEventListener('click', () => save(layer, kind));
    return node;
  };

  // The key by which features refer to their sources.
  const sources = () => ({
    name: 'sources',
    title: M4.text('details.sources'),
    features: [...M4.sources.values()].map((properties) => ({ layer: {}, properties, geometry: null })),
  });

  const row = (layer, ...kinds) =>
    element(
      'li',
      {},
      element('span', {}, layer.title),
      element('small', {}, M4.text('download.count', { n: M4.count(layer.features.length) })),
      element('span', { class: 'kinds' }, ...kinds.map((kind) => button(layer, kind, NAMES[kind]))),
    );

  const open = () =>
    M4.openDialogue(
      M4.text('download.title'),
      element(
        'div',
        { class: 'about' },
        element('p', {}, M4.text('download.note')),
        element(
          'ul',
          { class: 'downloads' },
          ...[...M4.catalogue].reverse().map((layer) => row(layer, 'geojson', 'csv')),
          row(sources(), 'csv'),
        ),
        element('p', {}, M4.text('download.licence')),
      ),
    );

  M4.showDownloads = () => M4.addTool('download.tool', open);
  M4.layerAsText = (layer, kind) => TEXTS[kind](layer);
}
