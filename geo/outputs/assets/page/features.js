// The state of a feature on a day: its class, whether it exists, whether it can be drawn. The build computed the periods
// in which it does not change; here the day is looked up.

{
  // The period that contains the day; undefined if the feature does not exist on it.
  const periodOf = ({ periods }, day) =>
    periods.find(({ from, to }) => (from === null || from <= day) && (to === null || day <= to));

  // The class, which selects the symbol; null if the feature has none, or has a status and does not exist (yet).
  const classOf = (feature, day) => periodOf(feature, day)?.status ?? feature.className;

  const symbolOf = (feature, day) => {
    const symbol = feature.layer.symbols.get(classOf(feature, day));
    return symbol && (symbol.stroke || symbol.fill) ? symbol : null;
  };

  const isThere = (feature, day) => periodOf(feature, day) !== undefined;

  // Whether the main subject of the map exists on the day: before it was agreed, nothing is inside it.
  const isFocusThere = (day) => {
    const focus = M4.catalogue.find(({ name }) => name === M4.focus);
    return !focus || focus.features.some((feature) => isThere(feature, day));
  };

  // Whether the feature, or an event at it, happened on the day.
  const isOfDay = ({ eventDays }, day) => eventDays.includes(day);

  // The number inside a marker: of an official post, or of the claims up to the day.
  const numberOf = (feature, day) => periodOf(feature, day)?.number ?? null;

  // Whether the layer contains events with dates.
  const isDated = (layer) => layer.features.some(({ properties }) => properties.date);

  // The date of an event as text; null for features that last.
  const whenOf = ({ layer, properties }) =>
    isDated(layer) ? (properties.date ? M4.dates.label(properties.date) : M4.text('date.unknown')) : null;

  // The bounds of the ground: of those layers of it that go to its edges.
  let ground = null;
  const groundBounds = () => {
    const widest = M4.ground.filter((layer) => !M4.fades(layer));
    ground ??= bounds((widest.length ? widest : M4.ground).flatMap(({ features }) => features));
    return ground;
  };

  // Features outside the ground are only listed.
  const isOnGround = (feature) => {
    if (feature.layer.isGround) return true;
    feature.isOnGround ??= Boolean(feature.geometry) && (!groundBounds().isValid() || ground.intersects(bounds([feature])));
    return feature.isOnGround;
  };

  const drawn = (layer, day) =>
    layer.features.filter((feature) => isOnGround(feature) && isThere(feature, day) && symbolOf(feature, day));

  const undrawn = (layer, day) => layer.features.filter((feature) => !isOnGround(feature) && isThere(feature, day));

  const whyUndrawn = ({ geometry, properties: { no_segment: reason } }) => {
    if (geometry) return M4.text('reason.beyond_the_map');
    return reason ? M4.text(`value.no_segment.${reason}`, {}, reason) : M4.text('reason.place_unknown');
  };

  const nameOf = ({ properties }) =>
    properties[`name_${M4.language}`] ?? M4.ownName(properties.id, properties.name_en ?? properties.id);

  const placeOf = (id) =>
    M4.catalogue.find(({ name }) => name === 'places')?.features.find(({ properties }) => properties.id === id);

  const placeName = (id) => {
    const place = placeOf(id);
    return place ? nameOf(place) : id;
  };

  const DEPTHS = { LineString: 0, MultiLineString: 1, Polygon: 1, MultiPolygon: 2 };

  // Where a feature is drawn: an agreed area only as far as the border. Data are lon, lat; Leaflet uses lat, lon.
  const latLngs = ({ geometry, drawn: { type, coordinates } = geometry }) =>
    type === 'Point' ? L.GeoJSON.coordsToLatLng(coordinates) : L.GeoJSON.coordsToLatLngs(coordinates, DEPTHS[type]);

  const boundsOf = (feature) => {
    const own = L.latLngBounds([]);
    for (const latLng of [latLngs(feature)].flat(Infinity)) own.extend(latLng);
    return own;
  };

  const bounds = (features) => {
    const all = L.latLngBounds([]);
    for (const feature of features) all.extend((feature.bounds ??= boundsOf(feature)));
    return all;
  };

  const KINDS = { Point: 'point', LineString: 'line', MultiLineString: 'line' };
  const kindOf = ({ geometry }) => KINDS[geometry.type] ?? 'area';

  M4.features = {
    classOf,
    symbolOf,
    isThere,
    isFocusThere,
    drawn,
    undrawn,
    whyUndrawn,
    isOfDay,
    numberOf,
    groundBounds,
    isOnGround,
    isDated,
    whenOf,
    nameOf,
    placeOf,
    placeName,
    latLngs,
    bounds,
    kindOf,
  };
}
