// Names beside points. The build says from which zoom a class is named, and from which zoom each one in view is.
// A marker in the way moves a name, and a name that is far from its point has a line to it. No name is on another.

{
  const { contains, holds, overlaps, grown, along } = M4.boxes;
  const PANE = 'labels';
  const AIR = 2; // around a label
  const EDGE = 2; // between a label and the edge of the map, on either side of it
  // Between a marker and its name, in pixels: each distance is tried on all sides.
  const GAPS = [3, 6, 9, 13, 17, 23, 31, 42, 56, 74, 98, 130];
  const NEAR = 18; // a name farther from its point has a line to it
  // What a spot for a name costs, in pixels of distance: each side after the best, to be close to what is not its own
  // and would seem to be, and to cover it.
  const COST_OF_SIDE = 0.8;
  const COST_OF_ROAD = 7;
  const COST_OF_DOT = 12;
  const COST_OF_CLOSE = 5;
  const COST_OF_MARKER = 60;
  const CLOSE = 4;
  const MOST = 34; // a name that need not be there is left out if it would cost more
  const DOT = 2; // the largest radius of a marker that a name may cover
  const TWIN = 90; // a post this near to a place with the same name needs no name of its own
  const LEADER_STEP = 4;

  // In the view and a margin around it, so that labels also appear after a short drag.
  const pointsNear = (map, day) => {
    const near = map.getBounds().pad(0.3);
    return M4.catalogue
      .filter((layer) => map.hasLayer(M4.drawings.get(layer.name)) && (layer.fromZoom ?? 0) <= map.getZoom())
      .flatMap((layer) => M4.features.drawn(layer, day))
      .filter((feature) => feature.geometry.type === 'Point' && near.contains(M4.features.latLngs(feature)))
      .map((feature) => ({ feature, ...around(map, feature, day) }));
  };

  const around = (map, feature, day) => {
    const { x, y } = map.latLngToLayerPoint(M4.features.latLngs(feature));
    const box = M4.symbols.boxOf(M4.features.symbolOf(feature, day), M4.features.numberOf(feature, day));
    return { x, y, box: { left: x + box.left, right: x + box.right, top: y + box.top, bottom: y + box.bottom } };
  };

  // How a feature is named; undefined if it is not, or not at this zoom.
  const isNumbered = ({ layer, properties }) => Boolean(layer.names.numbered && properties.number);

  const namingOf = (feature, day, zoom) => {
    const { byId, byClass, numbered } = feature.layer.names;
    const ofClass = isNumbered(feature) ? numbered : byClass.get(M4.features.classOf(feature, day));
    const naming = byId.get(feature.properties.id) ?? ofClass;
    return naming && naming.from_zoom <= zoom && zoom <= naming.to_zoom ? naming : undefined;
  };

  const textsOf = (feature) => ({
    text: M4.features.nameOf(feature),
    number: isNumbered(feature) ? M4.count(feature.properties.number) : null,
  });

  // The spots for a label around a box: beside it, below and above it, at its corners, and shifted along its sides.
  const SIDES = [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
    [1, 1],
    [1, -1],
    [-1, 1],
    [-1, -1],
    [0.4, 1],
    [-0.4, 1],
    [0.4, -1],
    [-0.4, -1],
  ].map(([across, down]) => [M4.isRightToLeft ? -across : across, down]); // a name begins at its point

  const costOf = (gap, place) => gap - GAPS[0] + place * COST_OF_SIDE;
  const SPOTS = GAPS.flatMap((gap) => SIDES.map((side, place) => ({ gap, side, cost: costOf(gap, place) })));
  SPOTS.sort((one, other) => one.cost - other.cost);
  const NEAR_SPOTS = SPOTS.filter(({ gap }) => gap <= NEAR); // all others need a line

  const boxAt = ({ box }, { gap, side: [across, down] }, [width, height]) => {
    const isBeside = Math.abs(across) === 1;
    const [halfWidth, halfHeight] = [(box.right - box.left) / 2, (box.bottom - box.top) / 2];
    const isCorner = isBeside && down !== 0;
    const x = (box.left + box.right) / 2 + across * (width / 2 + (isBeside ? halfWidth + gap * (isCorner ? 0.7 : 1) : 0));
    // A line of text has air above and below its letters.
    const y = (box.top + box.bottom) / 2 + down * (height / 2 + (isCorner ? 0 : halfHeight) + gap * (isCorner ? 0.7 : 0.8) - 1);
    return M4.boxes.around({ x, y }, [width, height]);
  };

  // Everywhere in the view, the nearest first: for a name that is needed and has no spot around its point.
  const boxesIn = (view, { x, y }, [width, height]) => {
    const found = [];
    for (let left = view.left; left + width <= view.right; left += width / 3) {
      for (let top = view.top; top + height <= view.bottom; top += height / 2) {
        const away = Math.hypot(left + width / 2 - x, top + height / 2 - y);
        found.push({ away, box: { left, top, right: left + width, bottom: top + height } });
      }
    }
    return found.sort((one, other) => one.away - other.away).map(({ box }) => box);
  };

  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const nearestIn = ({ left, right, top, bottom }, { x, y }) => L.point(clamp(x, left, right), clamp(y, top, bottom));

  // The line from a point to its name, from the edge of the marker on; null if the name is near.
  const lineTo = (spot, { x, y, box }) => {
    const end = nearestIn(spot, { x, y });
    const length = Math.hypot(end.x - x, end.y - y);
    if (length <= NEAR) return null;
    const from = Math.min((box.right - box.left) / 2, 4) / length;
    return [L.point(x + from * (end.x - x), y + from * (end.y - y)), end];
  };

  // The road of the map, which has a casing, where it is in view.
  const roadsIn = (map, view, day) => {
    const roads = M4.catalogue.filter(
      (layer) => map.hasLayer(M4.drawings.get(layer.name)) && [...layer.symbols.values()].some(({ casing }) => casing),
    );
    return M4.boxes.alongFeatures(map, roads.flatMap((layer) => M4.features.drawn(layer, day)), view);
  };

  // Each name is measured once, and all new ones together: measuring makes the browser lay out the page.
  const sizes = new Map();
  const keyOf = ({ naming, number, text }) => `${naming.type} ${number} ${text}`;
  const nodeOf = ({ naming, number, text }) =>
    M4.element('div', { class: `label ${naming.type}`, dir: 'auto', 'data-number': number }, text);

  const measure = (pane, labels) => {
    const unknown = new Map(labels.filter((label) => !sizes.has(keyOf(label))).map((label) => [keyOf(label), nodeOf(label)]));
    pane.append(...unknown.values());
    const measured = [...unknown].map(([key, node]) => [key, [node.offsetWidth, node.offsetHeight]]);
    for (const [key, size] of measured) if (size[0]) sizes.set(key, size); // a page that is not shown has no sizes
    for (const node of unknown.values()) node.remove();
  };

  // Those that are needed first; then by what they are; then those with names in more languages, which are known more
  // widely; then the shorter, of which more have room.
  const languages = ({ properties }) => [...M4.texts.keys()].filter((language) => properties[`name_${language}`]).length;
  const inOrder = (one, other) =>
    other.isNeeded - one.isNeeded ||
    one.naming.rank - other.naming.rank ||
    languages(other.feature) - languages(one.feature) ||
    one.text.length - other.text.length;

  const labelsOf = (points, view, zoom, day) =>
    points
      .map((point) => ({ ...point, naming: namingOf(point.feature, day, zoom) }))
      .filter(({ naming }) => naming)
      .map((point) => {
        const isInView = holds(view, point);
        const isNeeded = isInView && (point.naming.always_from_zoom ?? Infinity) <= zoom;
        return { ...point, ...textsOf(point.feature), isInView, isNeeded };
      })
      .sort(inOrder);

  // What a spot costs beyond its distance, as what is around it is not the label's own; Infinity if it is taken.
  const costOfSpot = ({ box, isNeeded }, spot, line, own, taken) => {
    const [withAir, above] = [grown(spot, AIR), grown(spot, 1)];
    let [cost, isOnRoad] = [0, false];
    for (const one of taken.over(grown(spot, CLOSE))) {
      if (one.kind === 'fixed' && overlaps(withAir, one.box)) return Infinity;
      if (one.kind === 'marker' && one.box !== box && overlaps(above, one.box)) cost += isNeeded ? COST_OF_MARKER : Infinity;
      if (one.kind === 'marker' && !own.has(one)) cost += COST_OF_CLOSE;
      if (one.kind === 'dot' && !own.has(one) && overlaps(withAir, one.box)) cost += COST_OF_DOT;
      isOnRoad ||= one.kind === 'road' && overlaps(spot, one.box);
    }
    const crossed = new Set(line ? along(line, LEADER_STEP).flatMap((part) => taken.over(part)) : []);
    for (const one of crossed) {
      if (one.kind === 'fixed') return Infinity;
      if (one.kind === 'marker' && !own.has(one)) cost += COST_OF_CLOSE;
    }
    return cost + COST_OF_ROAD * isOnRoad;
  };

  // The cheapest spot for a label; undefined if there is none.
  const spotFor = (label, size, view, taken) => {
    const isWhole = (spot) => (label.isInView ? contains(view, spot) : !overlaps(grown(view, 2 * EDGE), spot));
    const own = new Set(taken.over(label.box)); // what is on the same spot
    const best = { cost: label.isNeeded ? Infinity : MOST };
    for (const around of label.isNeeded ? SPOTS : NEAR_SPOTS) {
      if (around.cost >= best.cost) break;
      const spot = boxAt(label, around, size);
      if (!isWhole(spot)) continue;
      const line = lineTo(spot, label);
      if (line && !label.isNeeded) continue;
      const cost = around.cost + costOfSpot(label, spot, line, own, taken);
      if (cost < best.cost) Object.assign(best, { cost, spot, line });
    }
    if (best.spot || !label.isNeeded) return best.spot && best;
    const isFree = (spot) => !taken.over(grown(spot, AIR)).some(({ kind }) => kind === 'fixed');
    const spot = boxesIn(view, label, size).find(isFree);
    return spot && { spot, line: lineTo(spot, label) };
  };

  const linesOf = (lines) => {
    const d = lines.map(([from, to]) => `M${from.x.toFixed(1)} ${from.y.toFixed(1)}L${to.x.toFixed(1)} ${to.y.toFixed(1)}`).join('');
    const drawn = ['halo', 'line'].map((part) => M4.svg('path', { class: part, d }));
    return M4.svg('svg', { class: 'leaders', width: 1, height: 1, 'aria-hidden': 'true' }, ...drawn);
  };

  const place = (map, pane, day) => {
    const points = pointsNear(map, day);
    const view = grown(M4.boxes.viewOf(map), -EDGE);
    const labels = labelsOf(points, view, map.getZoom(), day);
    // No name may touch what is fixed; what it costs to touch the others is above.
    const taken = M4.boxes.index();
    // The buttons and the scale on the map.
    for (const box of M4.boxes.ofElements(map, '.leaflet-control')) taken.add('fixed', box);
    for (const { box } of points) taken.add(box.right - box.left > 2 * DOT ? 'marker' : 'dot', box);
    for (const box of roadsIn(map, view, day)) taken.add('road', box);
    measure(pane, labels);
    const [nodes, lines, named] = [[], [], new Map()];
    for (const label of labels) {
      const size = sizes.get(keyOf(label));
      const twin = named.get(label.text);
      if (!size || (twin && !label.isNeeded && Math.hypot(twin.x - label.x, twin.y - label.y) < TWIN)) continue;
      const found = spotFor(label, size, view, taken);
      if (!found) continue;
      const { spot, line } = found;
      named.set(label.text, label);
      taken.add('fixed', spot);
      if (line) lines.push(line);
      for (const box of line ? along(line, LEADER_STEP) : []) taken.add('fixed', box);
      const node = nodeOf(label);
      L.DomUtil.setPosition(node, L.point(spot.left, spot.top).round());
      nodes.push(node);
    }
    pane.replaceChildren(...(lines.length ? [linesOf(lines)] : []), ...nodes);
    map.fire('labelled');
  };

  M4.showLabels = (map) => {
    const pane = map.createPane(PANE);
    pane.classList.add('leaflet-zoom-hide');
    const update = () => place(map, pane, M4.state.day);
    M4.placeLabels = update;
    // Measuring labels would delay the first picture of the map.
    M4.afterPaint(() => {
      map.on('moveend viewreset layeradd layerremove', L.Util.throttle(update, 50));
      M4.follow(['day'], update);
    });
  };
}
