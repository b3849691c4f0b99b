// The selected feature on the map: marked, brought into view, and with the circle within which it truly lies.

{
  const PANE = 'selection';
  const MARK = { pane: PANE, interactive: false, className: 'mark', fill: false };

  const lineOrOutline = (feature, symbol) => {
    const shape = M4.features.kindOf(feature) === 'line' ? M4.OffsetLine : L.Polygon;
    return [
      new shape(M4.features.latLngs(feature), { ...MARK, weight: (symbol?.weight ?? 1) + 2, offset: symbol?.offset ?? 0 }),
    ];
  };

  const pointAndPrecision = (feature, symbol) => {
    const at = M4.features.latLngs(feature);
    const { precision_m: radius } = feature.properties;
    const ring = L.circleMarker(at, { ...MARK, radius: 5 + (symbol ? M4.symbols.radiusOf(feature, symbol) : 0), weight: 2.5 });
    const within = radius ? L.circle(at, { ...MARK, radius, weight: 1.5, dashArray: '1 4', className: 'mark precise' }) : null;
    return within ? [within, ring] : [ring];
  };

  const bringIntoView = (map, feature) => {
    const bounds = M4.features.bounds([feature]);
    if (!map.options.maxBounds.intersects(bounds)) return;
    const padding = M4.coveredByDetails();
    if (feature.geometry.type === 'Point') map.panInside(bounds.getCenter(), padding);
    else if (!map.getBounds().intersects(bounds)) map.fitBounds(bounds, { ...padding, maxZoom: map.getZoom() });
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
      for (const part of draw(selected, symbol)) marks.addLayer(part);
    };
    M4.follow(['selected', 'day'], mark);
    M4.follow(['selected'], ({ selected }) => selected?.geometry && bringIntoView(map, selected));
  };
}
