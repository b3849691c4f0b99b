// The ground: its relief, the names of what is on it, and the numbers of its roads. All of them are below the facts, but
// the numbers, which are where nothing else is.

{
  const WAIT = 120; // milliseconds after which the labels of places are there
  const AIR = 3;
  const INSET = 5; // a marker takes less room than it reacts on
  const SHIFTS = [0, -16, 16, -32, 32]; // pixels by which a name gives way
  const LONG = 700; // pixels of road in the view that get a second number
  const APART = 250; // pixels between two equal numbers
  const [ONCE, TWICE] = [[[0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8]], [[0.25, 0.3, 0.2, 0.35, 0.15], [0.75, 0.7, 0.8, 0.65, 0.85]]];
  const ARABIC = /\p{Script=Arabic}/u;

  const FADE_DEG = 0.12;

  // Land, sea and borders are drawn to the edge of the map, the rest of the ground in a smaller box.
  M4.fades = ({ name, isGround }) => isGround && M4.groundBox && !['basemap', 'sea'].includes(name);

  // Called with each update of an SVG renderer: what it draws fades towards the edges of the box.
  M4.fade = ({ target: { _map: map, _bounds: bounds, _container: container } }) => {
    const [west, south, east, north] = M4.groundBox;
    const [min, max] = [L.latLng(north, west), L.latLng(south, east)].map((at) => map.latLngToLayerPoint(at).subtract(bounds.min));
    const width = map.latLngToLayerPoint([north, west + FADE_DEG]).x - map.latLngToLayerPoint([north, west]).x;
    const stops = (from, to) =>
      `transparent ${from}px, #000 ${from + width}px, #000 ${to - width}px, transparent ${to}px`;
    Object.assign(container.style, {
      maskComposite: 'intersect',
      maskImage: `linear-gradient(to right, ${stops(min.x, max.x)}), linear-gradient(${stops(min.y, max.y)})`,
    });
  };

  const groundDrawings = () => M4.ground.map(({ name }) => M4.drawings.get(name));
  const isShown = (map) => (layer) => map.hasLayer(M4.drawings.get(layer.name));

  // ---- Boxes, in the pixels of the layers.

  const overlaps = (one, other) =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

  const boxesOf = (map, selector, inset = 0) => {
    const { left, top } = map.getContainer().getBoundingClientRect();
    const { x, y } = map.containerPointToLayerPoint([0, 0]);
    return [...map.getContainer().querySelectorAll(selector)].map((node) => {
      const box = node.getBoundingClientRect();
      const [right, down] = [x - left, y - top];
      return {
        left: box.left + right + inset,
        right: box.right + right - inset,
        top: box.top + down + inset,
        bottom: box.bottom + down - inset,
      };
    });
  };

  const around = ({ x, y }, [width, height]) => ({
    left: x - width / 2 - AIR,
    right: x + width / 2 + AIR,
    top: y - height / 2 - AIR,
    bottom: y + height / 2 + AIR,
  });

  const contains = ({ min, max }, box) => min.x <= box.left && box.right <= max.x && min.y <= box.top && box.bottom <= max.y;

  // Writes a text at the first of some points where it is in the view as a whole, and free.
  const write = (pane, view, node, points, taken) => {
    pane.append(node);
    const size = [node.offsetWidth, node.offsetHeight];
    const isFree = (box) => contains(view, box) && !taken.some((other) => overlaps(other, box));
    const point = points.find((at) => isFree(around(at, size)));
    if (!point) return node.remove();
    taken.push(around(point, size));
    L.DomUtil.setPosition(node, point.subtract([size[0] / 2, size[1] / 2]).round());
    return point;
  };

  const textNode = (className, text, { size, spacing, slanted, colour }) => {
    const node = M4.element('div', { class: className, dir: 'auto' }, text);
    const isArabic = ARABIC.test(text); // joined letters are neither spaced nor slanted
    Object.assign(node.style, {
      color: M4.symbols.tone(colour),
      fontSize: `${size}px`,
      fontStyle: slanted && !isArabic ? 'italic' : 'normal',
      letterSpacing: isArabic ? 'normal' : `${spacing}px`,
    });
    return node;
  };

  // The features of a layer whose class has a lettering at this zoom, the highest class first.
  const lettered = (layer, zoom) =>
    [...layer.lettering].reverse().flatMap(([className, lettering]) =>
      zoom < lettering.from_zoom || zoom > lettering.to_zoom
        ? []
        : layer.features.filter((feature) => feature.className === className).map((feature) => ({ feature, lettering })),
    );

  // ---- Names.

  const writeNames = (map, pane, view, taken) => {
    const found = M4.ground.filter(isShown(map)).flatMap((layer) => lettered(layer, map.getZoom()));
    for (const { feature, lettering } of found.filter(({ feature: { geometry } }) => geometry.type === 'Point')) {
      const at = map.latLngToLayerPoint(M4.features.latLngs(feature));
      if (!view.contains(at)) continue;
      const points = SHIFTS.map((shift) => at.add([0, shift]));
      write(pane, view, textNode('ground-name', M4.features.nameOf(feature), lettering), points, taken);
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
        if (view.contains(point)) run.push(point);
        else end();
      }
      end();
    }
    return { points: best, length: longest };
  };

  const writeNumbers = (map, pane, view, taken) => {
    const written = [];
    const roads = M4.ground.filter(isShown(map)).flatMap((layer) => lettered(layer, map.getZoom()));
    const isNumbered = ({ feature }) => feature.properties.ref && M4.features.kindOf(feature) === 'line';
    for (const { feature, lettering } of roads.filter(isNumbered)) {
      const { points, length } = stretchOf(map, feature, view);
      const { ref } = feature.properties;
      for (const shares of length > LONG ? TWICE : ONCE) {
        const places = points.length > 1 ? shares.map((share) => pointAlong(points, share)) : [];
        const apart = places.filter((place) => !written.some(([text, at]) => text === ref && at.distanceTo(place) < APART));
        const point = write(pane, view, textNode('road-number', ref, { ...lettering, spacing: 0 }), apart, taken);
        if (point) written.push([ref, point]);
      }
    }
  };

  const writeAll = (map, panes) => {
    for (const pane of panes) pane.replaceChildren();
    const [names, numbers] = panes;
    const { min, max } = map.getPixelBounds();
    const [topLeft, bottomRight] = [min, max].map((corner) => corner.subtract(map.getPixelOrigin()));
    const view = L.bounds(topLeft, bottomRight);
    const taken = [...boxesOf(map, '.leaflet-control'), ...boxesOf(map, '.leaflet-labels-pane > *')];
    const markers = boxesOf(map, '.leaflet-marker-icon', INSET);
    writeNumbers(map, numbers, view, taken.concat(markers));
    writeNames(map, names, view, [...taken, ...boxesOf(map, '.road-number')]);
  };

  const paneOf = (map, name, zIndex) => {
    const pane = map.createPane(name);
    pane.classList.add('leaflet-zoom-hide');
    pane.style.zIndex = zIndex;
    return pane;
  };

  // A picture that folium created and did not add to the map: it is above the land and below all other ground.
  M4.showRelief = (map, relief) => {
    const pane = map.createPane('relief');
    pane.style.zIndex = 301; // below the sea, whose pane is created later
    const follow = () => {
      const isOn = groundDrawings().some((drawing) => map.hasLayer(drawing));
      if (isOn !== map.hasLayer(relief)) map[isOn ? 'addLayer' : 'removeLayer'](relief);
    };
    map.on('layeradd layerremove', ({ layer }) => groundDrawings().includes(layer) && follow());
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
    map.on('moveend viewreset layeradd layerremove', soon);
    M4.symbols.darkScheme.addEventListener('change', soon);
    M4.follow(['day'], soon);
  };
}
