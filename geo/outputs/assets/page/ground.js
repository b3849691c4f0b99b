// The ground: its relief, the names of what is on it, and the numbers of its roads. All of them are below the facts, but
// the numbers, which are where nothing else is.

{
  const { overlaps, contains, holds, grown, around, alongFeatures, ofElements } = M4.boxes;
  const WAIT = 120; // milliseconds without a change, after which names give way to the labels of places
  const AIR = 3;
  // Pixels by which a name gives way, across and down.
  const SHIFTS = [0, -16, 16, -32, 32].flatMap((down) => [0, -40, 40].map((across) => [across, down]));
  const LONG = 700; // pixels of road in the view that get a second number
  const APART = 250; // pixels between two equal numbers
  const [ONCE, TWICE] = [[[0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8]], [[0.25, 0.3, 0.2, 0.35, 0.15], [0.75, 0.7, 0.8, 0.65, 0.85]]];
  const ARABIC = /\p{Script=Arabic}/u;
  const FADE_DEG = 0.12;
  const RELIEF_TO_ZOOM = 15; // fades from three zooms before

  // Land and sea are drawn to the edge of the map, the rest of the ground in a smaller box.
  M4.fades = ({ name }) => M4.innerGround?.layers.includes(name);

  // Called with each update of an SVG renderer: what it draws fades towards the edges of the box.
  M4.fade = ({ target: { _map: map, _bounds: bounds, _container: container } }) => {
    const [west, south, east, north] = M4.innerGround.edges_deg;
    const at = (lat, lon) => map.latLngToLayerPoint([lat, lon]).subtract(bounds.min);
    const width = at(0, FADE_DEG).x - at(0, 0).x;
    const { x: right, y: bottom } = bounds.getSize();
    // Where the ground has no edge of its own, it fades outside of the drawing.
    const across = [west === null ? -width : at(0, west).x, east === null ? right + width : at(0, east).x];
    const down = [north === null ? -width : at(north, 0).y, south === null ? bottom + width : at(south, 0).y];
    const stops = ([from, to]) => `transparent ${from}px, #000 ${from + width}px, #000 ${to - width}px, transparent ${to}px`;
    const maskImage = `linear-gradient(to right, ${stops(across)}), linear-gradient(${stops(down)})`;
    Object.assign(container.style, { maskComposite: 'intersect', maskImage });
  };

  const groundDrawings = () => M4.ground.map(({ name }) => M4.drawings.get(name));
  const isShown = (map) => (layer) => map.hasLayer(M4.drawings.get(layer.name));

  // Writes a text at the first of some points where it is in the view as a whole, covers nothing and is on no line.
  const write = (pane, view, node, points, taken, lines = []) => {
    pane.append(node);
    const size = [node.offsetWidth, node.offsetHeight];
    const boxAt = (point) => grown(around(point, size), AIR);
    const isFree = (box) => contains(view, box) && ![...taken, ...lines].some((other) => overlaps(other, box));
    const point = points.find((at) => isFree(boxAt(at)));
    if (!point) {
      node.remove();
      return null;
    }
    taken.push(boxAt(point));
    L.DomUtil.setPosition(node, point.subtract([size[0] / 2, size[1] / 2]).round());
    return point;
  };

  // Arabic letters are joined, and therefore neither spaced nor slanted.
  const textNode = (className, { type }, text) =>
    M4.element('div', { class: `${className} ${type}${ARABIC.test(text) ? ' joined' : ''}`, dir: 'auto' }, text);

  // The features of a layer whose class is named at this zoom, the highest class first.
  const named = ({ features, names: { byClass } }, zoom) =>
    [...byClass].reverse().flatMap(([className, naming]) =>
      zoom < naming.from_zoom || zoom > naming.to_zoom
        ? []
        : features.filter((feature) => feature.className === className).map((feature) => ({ feature, naming })),
    );

  // The lines and outlines of the facts.
  const factLines = (map, day) =>
    M4.catalogue
      .filter((layer) => !layer.isGround && isShown(map)(layer))
      .flatMap((layer) => M4.features.drawn(layer, day))
      .filter((feature) => feature.geometry.type !== 'Point' && M4.features.symbolOf(feature, day).stroke);

  // ---- Names.

  const writeNames = (map, pane, view, taken, lines) => {
    const found = M4.ground.filter(isShown(map)).flatMap((layer) => named(layer, map.getZoom()));
    for (const { feature, naming } of found.filter(({ feature: { geometry } }) => geometry.type === 'Point')) {
      const at = map.latLngToLayerPoint(M4.features.latLngs(feature));
      if (!holds(view, at)) continue;
      const points = SHIFTS.map((shift) => at.add(shift));
      const node = textNode('ground-name', naming, M4.features.nameOf(feature));
      // Rather on a line than not at all.
      if (!write(pane, view, node, points, taken, lines)) write(pane, view, node, points, taken);
    }
  };

  // ---- Numbers of roads.

  const lengthOf = (points) =>
    points.slice(1).reduce((sum, point, index) => sum + point.distanceTo(points[index]), 0);

  const pointAlong = (points, share) => {
    let left = share * lengthOf(points);
    for (let at = 1; at < points.length; at += 1) {
      const step = points[at].distanceTo(points[at - 1]);
      if (step >= left && step > 0) {
        return points[at - 1].add(points[at].subtract(points[at - 1]).multiplyBy(left / step));
      }
      left -= step;
    }
    return points.at(-1);
  };

  // The longest stretch of a road in the view.
  const stretchOf = (map, feature, view) => {
    const lines = M4.features.latLngs(feature);
    let [best, longest] = [[], 0];
    for (const line of L.LineUtil.isFlat(lines) ? [lines] : lines) {
      let run = [];
      const end = () => {
        const length = lengthOf(run);
        if (length > longest) [best, longest] = [run, length];
        run = [];
      };
      for (const latLng of line) {
        const point = map.latLngToLayerPoint(latLng);
        if (holds(view, point)) run.push(point);
        else end();
      }
      end();
    }
    return { points: best, length: longest };
  };

  const isCased = ({ symbols }) => [...symbols.values()].some(({ casing }) => casing);

  // Only its own number is on the road of the map: other roads run beside it.
  const writeNumbers = (map, pane, view, taken, road) => {
    const written = [];
    const onRoad = alongFeatures(map, road, view);
    const roads = M4.ground.filter(isShown(map)).flatMap((layer) => named(layer, map.getZoom()));
    const isNumbered = ({ feature }) => feature.properties.ref && M4.features.kindOf(feature) === 'line';
    for (const { feature, naming } of roads.filter(isNumbered)) {
      const { points, length } = stretchOf(map, feature, view);
      const { ref } = feature.properties;
      for (const shares of length > LONG ? TWICE : ONCE) {
        const places = points.length > 1 ? shares.map((share) => pointAlong(points, share)) : [];
        const apart = places.filter((place) => !written.some(([text, at]) => text === ref && at.distanceTo(place) < APART));
        const others = ref === M4.agreement.corridor.road ? [] : onRoad;
        const point = write(pane, view, textNode('road-number', naming, ref), apart, taken, others);
        if (point) written.push([ref, point]);
      }
    }
  };

  const writeAll = (map, panes) => {
    for (const pane of panes) pane.replaceChildren();
    const [names, numbers] = panes;
    const view = M4.boxes.viewOf(map);
    const taken = ofElements(map, '.leaflet-control, .leaflet-labels-pane > *');
    const markers = ofElements(map, '.point path, .leaflet-marker-icon:not(.point)'); // less than what reacts to touch
    const lines = factLines(map, M4.state.day);
    writeNumbers(map, numbers, view, taken.concat(markers), lines.filter(({ layer }) => isCased(layer)));
    writeNames(map, names, view, [...taken, ...ofElements(map, '.road-number')], alongFeatures(map, lines, view));
  };

  const paneOf = (map, name, zIndex) => {
    const pane = map.createPane(name);
    pane.classList.add('leaflet-zoom-hide');
    pane.style.zIndex = zIndex;
    return pane;
  };

  // A picture that folium created and did not add to the map: it is above the land and below all other ground.
  // `drawings` returns those of the ground on the map: without any, there is no relief.
  M4.showRelief = (map, relief, drawings = groundDrawings) => {
    M4.relief ??= relief;
    const pane = map.createPane('relief');
    pane.style.zIndex = 301; // below the sea, whose pane is created later
    const follow = () => {
      const isOn = drawings().some((drawing) => map.hasLayer(drawing));
      if (isOn !== map.hasLayer(relief)) map[isOn ? 'addLayer' : 'removeLayer'](relief);
    };
    // A pixel of it is a kilometre: near by, nothing is left of the hills but shadows.
    const fade = () => pane.style.setProperty('opacity', Math.min(Math.max((RELIEF_TO_ZOOM - map.getZoom()) / 3, 0), 1));
    map.on('layeradd layerremove', ({ layer }) => drawings().includes(layer) && follow());
    map.on('zoomend', fade);
    map.whenReady(fade);
    follow();
  };

  M4.showGround = (map) => {
    // The names are the uppermost ground, the numbers below the labels of places.
    const panes = [paneOf(map, 'ground-names', 299 + M4.ground.length), paneOf(map, 'road-numbers', 590)];
    let timer = null;
    M4.placeGroundNames = () => writeAll(map, panes);
    const soon = () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(M4.placeGroundNames, WAIT);
    };
    map.on('moveend viewreset layeradd layerremove labelled', soon);
    M4.follow(['day'], soon);
  };
}
