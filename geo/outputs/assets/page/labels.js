// Labels beside points, if there is room: from the layer's zoom on; of several classes, the first at any zoom.
// A label that would overlap another label or a marker is left out; of points at one place, only one is labelled.

{
  const PANE = 'labels';
  const GAP = 3;
  const AIR = 2;

  // In the view and a margin around it, so that labels also appear after a short drag.
  const pointsNear = (map, day) => {
    const near = map.getBounds().pad(0.3);
    return M4.catalogue
      .filter((layer) => map.hasLayer(M4.drawings.get(layer.name)) && (layer.fromZoom ?? 0) <= map.getZoom())
      .flatMap((layer) => M4.features.drawn(layer, day))
      .filter((feature) => feature.geometry.type === 'Point' && near.contains(M4.features.latLngs(feature)));
  };

  // The rank of a label, 0 for the first class of several; null if it is not shown at this zoom.
  const rankOf = (feature, day, zoom) => {
    const { labelFromZoom, symbols } = feature.layer;
    if (labelFromZoom === null) return null;
    const place = [...symbols.keys()].indexOf(M4.features.classOf(feature, day));
    const rank = symbols.size > 1 ? place : 1;
    return rank === 0 || labelFromZoom <= zoom ? rank : null;
  };

  // Features with more sources are labelled first.
  const weight = ({ properties: { sources = [] } }) => sources.length;

  const heightOf = ({ layer }) => M4.catalogue.indexOf(layer);

  const inOrder = (one, other) =>
    heightOf(other.feature) - heightOf(one.feature) ||
    one.rank - other.rank ||
    weight(other.feature) - weight(one.feature);

  const around = (map, feature, day) => {
    const { x, y } = map.latLngToLayerPoint(M4.features.latLngs(feature));
    const box = M4.symbols.boxOf(M4.features.symbolOf(feature, day), M4.features.numberOf(feature, day));
    return { left: x + box.left, right: x + box.right, top: y + box.top, bottom: y + box.bottom };
  };

  const viewOf = (map) => {
    const { min, max } = map.getPixelBounds();
    const [topLeft, bottomRight] = [min, max].map((corner) => corner.subtract(map.getPixelOrigin()));
    return { left: topLeft.x, top: topLeft.y, right: bottomRight.x, bottom: bottomRight.y };
  };

  // The buttons and the scale on the map.
  const controlsOf = (map) => {
    const { left, top } = map.getContainer().getBoundingClientRect();
    const { x, y } = map.containerPointToLayerPoint([0, 0]);
    return [...map.getContainer().querySelectorAll('.leaflet-control')].map((control) => {
      const box = control.getBoundingClientRect();
      return { left: box.left - left + x, right: box.right - left + x, top: box.top - top + y, bottom: box.bottom - top + y };
    });
  };

  const contains = (outer, inner) =>
    outer.left <= inner.left && inner.right <= outer.right && outer.top <= inner.top && inner.bottom <= outer.bottom;

  const overlaps = (one, other) =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

  // Right, left, below, above of the point.
  const spots = (point, width, height) => {
    const [middle, centre] = [(point.top + point.bottom) / 2, (point.left + point.right) / 2];
    return [
      [point.right + GAP, middle - height / 2],
      [point.left - GAP - width, middle - height / 2],
      [centre - width / 2, point.bottom + GAP / 2],
      [centre - width / 2, point.top - GAP / 2 - height],
    ].map(([left, top]) => ({ left, top, right: left + width, bottom: top + height }));
  };

  const grown = ({ left, top, right, bottom }) => ({
    left: left - AIR,
    top: top - AIR,
    right: right + AIR,
    bottom: bottom + AIR,
  });

  const nameNode = (feature, rank) =>
    M4.element('div', { class: `label rank-${rank}`, dir: 'auto' }, M4.features.nameOf(feature));

  // Measuring makes the browser lay out the page, so each name is measured once.
  const sizes = new Map();
  const sizeOf = ({ node }) => {
    const key = `${node.className} ${node.textContent}`;
    if (!sizes.has(key)) sizes.set(key, [node.offsetWidth, node.offsetHeight]);
    return sizes.get(key);
  };

  const place = (map, pane, day) => {
    const points = pointsNear(map, day);
    const labels = points
      .map((feature) => ({ feature, rank: rankOf(feature, day, map.getZoom()) }))
      .filter(({ rank }) => rank !== null)
      .sort(inOrder)
      .map(({ feature, rank }) => ({ feature, node: nameNode(feature, rank) }));
    pane.replaceChildren(...labels.map(({ node }) => node));
    const measured = labels.map(sizeOf);
    const taken = [...controlsOf(map), ...points.map((feature) => around(map, feature, day))];
    const named = [];
    const view = viewOf(map);
    labels.forEach(({ feature, node }, index) => {
      const own = around(map, feature, day);
      const isInView = overlaps(view, own);
      const isWhole = (spot) => (isInView ? contains(view, spot) : !overlaps(view, spot));
      const isFree = (spot) => isWhole(spot) && !taken.some((box) => overlaps(spot, box));
      const spot = named.some((box) => overlaps(own, box)) ? null : spots(own, ...measured[index]).find(isFree);
      if (!spot) return node.remove();
      taken.push(grown(spot));
      named.push(own);
      return L.DomUtil.setPosition(node, L.point(spot.left, spot.top).round());
    });
  };

  M4.showLabels = (map) => {
    const pane = map.createPane(PANE);
    pane.classList.add('leaflet-zoom-hide');
    const update = () => place(map, pane, M4.state.day);
    M4.placeLabels = update;
    map.on('moveend viewreset layeradd layerremove', L.Util.throttle(update, 50));
    // Labels are added in the second frame: measuring them would delay the first.
    window.requestAnimationFrame(() => window.requestAnimationFrame(() => M4.follow(['day'], update)));
  };
}
