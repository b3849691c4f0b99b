// Drawing: one Leaflet layer for each layer of the catalogue, each in a pane of its own, so that its place in the
// order holds when it is switched off and on again.

{
  M4.CASING = 1.6; // pixels of casing on either side of a line
  M4.SOFT = { weight: 10, opacity: 0.15 };
  const ROUGH_M = 1000; // a line known no better than this gets a soft band around it
  const BESIDE_OPACITY = 0.16; // lines beside a road lie on each other: their number shows as depth
  const STRONG = 1.8; // what happened on the very day is so many times heavier
  const TAP_WEIGHT = 14;
  const FIRST_PANE = 400;

  const isSoft = (feature) =>
    M4.features.kindOf(feature) === 'line' && (feature.properties.precision_m ?? 0) >= ROUGH_M;

  const canHover = window.matchMedia('(hover: hover)').matches;

  const answer = (part, feature) => {
    part.on('click', () => M4.select(feature));
    if (canHover) part.bindTooltip(() => tooltip(feature), { sticky: !(part instanceof L.Marker), offset: [12, 0] });
    return part;
  };

  const tooltip = (feature) => M4.ownText(M4.features.nameOf(feature));

  const lineParts = (feature, symbol, pane, className, isStrong) => {
    const latLngs = M4.features.latLngs(feature);
    const draw = (options) =>
      new M4.OffsetLine(latLngs, { ...pane, interactive: false, offset: symbol.offset, lineCap: 'round', ...options });
    const colour = M4.symbols.tone(symbol.stroke);
    const opacity = symbol.offset && !isStrong ? BESIDE_OPACITY : 1;
    const weight = symbol.weight * (isStrong ? STRONG : 1);
    const strong = isStrong ? { className: 'strong' } : {};
    const main = draw({ color: colour, weight, dashArray: symbol.dash, opacity, lineCap: 'butt', ...strong });
    const tap = draw({ opacity: 0, weight: TAP_WEIGHT, interactive: true });
    tap.on('mouseover', () => main.setStyle({ opacity: 1 })).on('mouseout', () => main.setStyle({ opacity }));
    return {
      under: [
        isSoft(feature) ? draw({ color: colour, ...M4.SOFT, lineCap: 'butt' }) : null,
        symbol.casing ? draw({ color: M4.symbols.tone(symbol.casing), weight: symbol.weight + 2 * M4.CASING }) : null,
      ],
      over: [main, answer(tap, feature)],
    };
  };

  const areaParts = (feature, symbol, pane, className) => {
    const area = L.polygon(M4.features.latLngs(feature), {
      ...pane,
      className,
      stroke: Boolean(symbol.stroke),
      color: M4.symbols.tone(symbol.stroke),
      weight: symbol.weight,
      dashArray: symbol.dash,
      fill: Boolean(symbol.fill),
      fillColor: M4.symbols.tone(symbol.fill),
      fillOpacity: symbol.fill_opacity,
      interactive: Boolean(symbol.stroke), // without an outline it is ground, not a thing
    });
    return { under: [], over: [symbol.stroke ? answer(area, feature) : area] };
  };

  const pointParts = (feature, symbol, { pane }) => {
    const picture = M4.symbols.marker(feature, symbol);
    const icon = L.divIcon({ html: picture.node, className: 'point', iconSize: [picture.size, picture.size] });
    const zIndexOffset = feature.properties.number ? 1000 : 0;
    // The list in the panel reaches every point by keyboard; markers as tab stops would come before it.
    const point = L.marker(M4.features.latLngs(feature), { icon, pane, keyboard: false, zIndexOffset });
    return { under: [], over: [answer(point, feature)] };
  };

  const PARTS = { line: lineParts, area: areaParts, point: pointParts };

  // The first class of the catalogue lies lowest, what happened on the very day on top.
  const lookOf = (layer, day) => {
    const classes = [...layer.symbols.keys()];
    return M4.features
      .drawn(layer, day)
      .map((feature) => {
        const className = M4.features.classOf(feature, day);
        const isStrong = M4.features.isOfDay(feature, day);
        return { feature, className, isStrong, rank: isStrong ? classes.length : classes.indexOf(className) };
      })
      .sort((one, other) => one.rank - other.rank);
  };

  // Two days with the same key look the same on the map.
  const keyOf = (look) =>
    look.map(({ feature, className, isStrong }) => `${feature.properties.id} ${className} ${isStrong}`).join('|');

  const CatalogueLayer = L.LayerGroup.extend({
    initialize(spec) {
      L.LayerGroup.prototype.initialize.call(this);
      this.spec = spec;
    },

    onAdd(map) {
      const name = `layer-${this.spec.name}`;
      if (!map.getPane(name)) {
        map.createPane(name).style.zIndex = FIRST_PANE + M4.catalogue.indexOf(this.spec);
        this.drawing = { pane: name, renderer: L.svg({ pane: name, padding: 0.3 }) };
      }
      this.redraw();
      L.LayerGroup.prototype.onAdd.call(this, map);
    },

    redraw() {
      this.key = null;
      this.follow();
    },

    follow() {
      if (!this.drawing) return; // never shown yet
      const { day } = M4.state;
      const look = lookOf(this.spec, day);
      const key = keyOf(look);
      if (key === this.key) return; // most days change nothing in most layers
      this.key = key;
      this.clearLayers();
      const parts = look.map(({ feature, className, isStrong }) => {
        const symbol = M4.features.symbolOf(feature, day);
        const classes = `${this.spec.name} ${className}`;
        return PARTS[M4.features.kindOf(feature)](feature, symbol, this.drawing, classes, isStrong);
      });
      for (const part of [...parts.flatMap(({ under }) => under), ...parts.flatMap(({ over }) => over)]) {
        if (part) this.addLayer(part);
      }
    },
  });

  M4.drawings = new Map();

  // The layer of this name, for the map that folium composed.
  M4.layer = (name) => {
    const drawing = new CatalogueLayer(M4.catalogue.find((layer) => layer.name === name));
    M4.drawings.set(name, drawing);
    M4.follow(['day'], () => drawing.follow());
    M4.symbols.darkScheme.addEventListener('change', () => drawing.redraw());
    return drawing;
  };

  M4.isSoft = isSoft;
}
