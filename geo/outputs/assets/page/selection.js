// The selected feature on the map: marked, brought into view, with the circle of its precision.

{
  const PANE = 'selection';
  const MARK = { pane: PANE, interactive: false, className: 'mark', fill: false };

  const lineOrOutline = (feature, symbol) => {
    const shape = M4.features.kindOf(feature) === 'line' ? M4.OffsetLine : L.Polygon;
    const options = { ...MARK, weight: (symbol?.weight ?? 1) + 2, offset: symbol?.offset ?? 0 };
    const within = symbol?.banded ? null : M4.uncertainBand(feature, { pane: PANE, className: 'mark within' });
    return [within, new shape(M4.features.latLngs(feature), options)].filter(Boolean);
  };

  const pointAndPrecision = (feature, symbol, day) => {
    const around = symbol ? M4.symbols.boxOf(symbol, M4.features.numberOf(feature, day)) : { right: 0 };
    const ring = L.circleMarker(M4.features.latLngs(feature), { ...MARK, radius: 5 + around.right, weight: 2.5 });
    const within = M4.uncertainCircle(feature, { ...MARK, weight: 1.5, opacity: 1, className: 'mark precise' });
    return within ? [within, ring] : [ring];
  };

  // The part of the map that the details do not cover.
  const uncovered = (map, { paddingTopLeft, paddingBottomRight }) => {
    const corners = [L.point(paddingTopLeft), map.getSize().subtract(paddingBottomRight)];
    return L.latLngBounds(corners.map((corner) => map.containerPointToLatLng(corner)));
  };

  const bringIntoView = (map, feature) => {
    const bounds = M4.features.bounds([feature]);
    if (map.options.maxBounds?.intersects(bounds) === false) return;
    const padding = M4.coveredByDetails();
    if (feature.geometry.type === 'Point') map.panInside(bounds.getCenter(), padding);
    else if (!uncovered(map, padding).intersects(bounds)) map.fitBounds(bounds, { ...padding, maxZoom: map.getZoom() });
  };

  M4.select = (feature) => M4.setState({ selected: feature });

  M4.showSelection = (map) => {
    map.createPane(PANE).style.zIndex = 590;
    const marks = L.layerGroup().addTo(map);
    const mark = ({ selected, day }) => {
      marks.clearLayers();
      if (!selected?.geometry) return;
      const symbol = M4.features.symbolOf(selected, day);
      const draw = M4.features.kindOf(selected) === 'point' ? pointAndPrecision : lineOrOutline;
      for (const part of draw(selected, symbol, day)) marks.addLayer(part);
    };
    M4.follow(['selected', 'day'], mark);
    M4.follow(['selected'], ({ selected }) => selected?.geometry && bringIntoView(map, selected));
  };
}
