// Drawing: one Leaflet layer for each layer of the catalogue, each in its own pane, so that the drawing order is
// kept when layers are switched off and on.

{
  // Leaflet leaves a drawing between two pixels, and therefore blurred, when the view is set.
  const reset = L.SVG.prototype._reset;
  L.SVG.include({
    _reset() {
      reset.call(this);
      this._update();
    },
  });

  // folium opens popups before the map has a view: they are opened once it has one.
  const { openPopup } = L.Layer.prototype;
  L.Layer.include({
    openPopup(latLng) {
      if (this._map || !this._mapToAdd) return openPopup.call(this, latLng);
      this._mapToAdd.whenReady(() => openPopup.call(this, latLng));
      return this;
    },
  });

  // A browser makes an SVG path that listens to the focus a stop of the tab key, without a name. The panel lists what the
  // paths draw.
  L.Path.include({ _addFocusListenersOnLayer() {} });

  M4.CASING = 1.6; // pixels of casing on either side of a line
  const BESIDE_OPACITY = 0.32; // lines beside a road overlap: many of them look darker
  const STRONG = 1.8; // factor for the weight of events on the day shown
  const TAP_WEIGHT = 14;
  const FIRST_PANE = 300; // below Leaflet's own panes, so that what is added with folium is drawn above

  // The facts are painted before the ground around them, which takes longer to draw.
  let isPainted = false;
  const drawTheRest = () => {
    isPainted = true;
    for (const drawing of M4.drawings.values()) drawing.follow();
  };
  M4.afterPaint(drawTheRest);

  const canHover = window.matchMedia('(hover: hover)').matches;

  const answer = (part, feature, day) => {
    part.feature = feature; // as in a layer of L.GeoJSON: plugins of folium use it
    part.on('click', () => M4.select(feature));
    if (canHover) part.bindTooltip(() => tooltip(feature, day), { sticky: !(part instanceof L.Marker), offset: [12, 0] });
    return part;
  };

  // The name, and one line: when it happened, or what it is on the day shown.
  const tooltip = (feature, day) => {
    const name = M4.features.nameOf(feature);
    const what = M4.features.whenOf(feature) ?? M4.features.symbolOf(feature, day)?.label ?? feature.layer.title;
    const line = what && what !== name ? M4.element('small', { dir: 'auto' }, what) : null;
    return M4.element('div', {}, M4.ownText(name), line);
  };

  // Lines of the ground do not react, so that what is above them is easy to reach.
  const groundLine = (feature, { stroke, weight, dash }, { pane, className }) => {
    const look = { color: M4.symbols.tone(stroke), weight, dashArray: dash, lineCap: 'butt' };
    return L.polyline(M4.features.latLngs(feature), { ...pane, className, interactive: false, ...look });
  };

  const lineParts = (feature, symbol, { pane, className, isStrong, day }) => {
    if (feature.layer.isGround) return { under: [], over: [groundLine(feature, symbol, { pane, className })] };
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
        symbol.banded ? M4.uncertainBand(feature, { ...pane, fillColor: M4.symbols.bandFill(symbol.stroke) }) : null,
        symbol.casing ? draw({ color: M4.symbols.tone(symbol.casing), weight: symbol.weight + 2 * M4.CASING }) : null,
      ],
      over: [main, answer(tap, feature, day)],
    };
  };

  const areaParts = (feature, symbol, { pane, className, day }) => {
    const area = L.polygon(M4.features.latLngs(feature), {
      ...pane,
      className: symbol.tint ? `${className} tint` : className,
      stroke: Boolean(symbol.stroke),
      color: M4.symbols.tone(symbol.stroke),
      weight: symbol.weight,
      dashArray: symbol.dash,
      fill: Boolean(symbol.fill),
      fillColor: M4.symbols.fillOf(symbol),
      fillOpacity: symbol.fill_opacity,
      interactive: Boolean(symbol.stroke), // without an outline, an area is background
    });
    return { under: [], over: [symbol.stroke ? answer(area, feature, day) : area] };
  };

  const pointParts = (feature, symbol, { pane, isStrong, number, day }) => {
    const picture = M4.symbols.marker(symbol, number, isStrong);
    const icon = L.divIcon({ html: picture.node, className: 'point', iconSize: [picture.size, picture.size] });
    const zIndexOffset = feature.properties.number ? 1000 : 0;
    // Every point can be reached by keyboard in the panel's list; markers would be tab stops before it.
    const at = M4.features.latLngs(feature);
    const point = L.marker(at, { icon, pane: pane.pane, keyboard: false, zIndexOffset });
    const within = M4.uncertainCircle(feature, { ...pane, color: M4.symbols.inkOf(symbol) });
    return { under: [within], over: [answer(point, feature, day)] };
  };

  const PARTS = { line: lineParts, area: areaParts, point: pointParts };

  // Whether what is drawn of a layer depends on the view.
  const followsView = ({ fromZoom, symbols }) => fromZoom !== null || [...symbols.values()].some(({ from_zoom: zoom }) => zoom);

  // Classes have a minimum zoom; layers with one are also drawn only in and near the view.
  const inReach = (layer, map, day) => {
    if (layer.fromZoom === null) return (feature) => map.getZoom() >= M4.features.symbolOf(feature, day).from_zoom;
    const near = map.getBounds().pad(0.5);
    return (feature) => near.intersects(M4.features.bounds([feature]));
  };

  // The first class of the catalogue is lowest; events on the day shown are on top.
  const lookOf = (layer, map, day) => {
    if (map.getZoom() < layer.fromZoom) return []; // before thousands of features are looked at
    const classes = [...layer.symbols.keys()];
    return M4.features
      .drawn(layer, day)
      .filter(inReach(layer, map, day))
      .map((feature) => {
        const className = M4.features.classOf(feature, day);
        const isStrong = M4.features.isOfDay(feature, day);
        const rank = isStrong ? classes.length : classes.indexOf(className);
        return { feature, className, isStrong, number: M4.features.numberOf(feature, day), rank };
      })
      .sort((one, other) => one.rank - other.rank);
  };

  // Two days with the same key look the same on the map.
  const keyOf = (look) =>
    look.map(({ feature, ...rest }) => [feature.properties.id, ...Object.values(rest)].join(' ')).join('|');

  const CatalogueLayer = L.FeatureGroup.extend({
    initialize(spec, dayOf) {
      L.FeatureGroup.prototype.initialize.call(this);
      Object.assign(this, { spec, dayOf });
    },

    onAdd(map) {
      const name = `layer-${this.spec.name}`;
      if (!map.getPane(name)) {
        map.createPane(name).style.zIndex = FIRST_PANE + M4.catalogue.indexOf(this.spec);
        this.drawing = { pane: name, renderer: L.svg({ pane: name, padding: 0.3 }) };
      }
      this.map = map;
      if (M4.fades(this.spec)) this.drawing.renderer.on('update', M4.fade);
      if (followsView(this.spec)) map.on('moveend', this.follow, this);
      this.redraw();
      L.LayerGroup.prototype.onAdd.call(this, map);
    },

    onRemove(map) {
      map.off('moveend', this.follow, this);
      L.LayerGroup.prototype.onRemove.call(this, map);
    },

    redraw() {
      this.key = null;
      this.follow();
    },

    follow() {
      if (!this.drawing) return; // never shown yet
      if (!isPainted && this.spec.isGround) return;
      const day = this.dayOf();
      const look = lookOf(this.spec, this.map, day);
      const key = keyOf(look);
      if (key === this.key) return; // most days change nothing in most layers
      this.key = key;
      this.clearLayers();
      const parts = look.map(({ feature, className, isStrong, number }) => {
        const how = { pane: this.drawing, className: `${this.spec.name} ${className}`, isStrong, number, day };
        return PARTS[M4.features.kindOf(feature)](feature, M4.features.symbolOf(feature, day), how);
      });
      for (const part of [...parts.flatMap(({ under }) => under), ...parts.flatMap(({ over }) => over)]) {
        if (part) this.addLayer(part);
      }
    },
  });

  // A drawing of a layer as on the day that a function returns.
  M4.drawingOn = (layer, dayOf) => new CatalogueLayer(layer, dayOf);

  M4.drawings = new Map();

  // The drawing of the layer of this name.
  M4.layer = (name) => {
    const drawing = M4.drawingOn(M4.catalogue.find((layer) => layer.name === name), () => M4.state.day);
    M4.drawings.set(name, drawing);
    M4.follow(['day'], () => drawing.follow());
    M4.symbols.darkScheme.addEventListener('change', () => drawing.redraw());
    return drawing;
  };

}
