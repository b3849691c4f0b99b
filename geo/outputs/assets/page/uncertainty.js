// The uncertainty of positions, drawn to scale: a circle around a point, a band along a line.

{
  const METRES_PER_DEGREE = 111_320; // of latitude
  const CIRCLE = { fill: false, weight: 1, opacity: 0.55, dashArray: '1 4', interactive: false };
  M4.BAND_OPACITY = 0.5; // of its hatching
  const BAND = { stroke: false, fill: true, fillOpacity: M4.BAND_OPACITY, fillRule: 'nonzero', interactive: false };

  const circle = ({ x, y }, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;

  // The area between the outer tangents of two circles, with their orientation, so that all are filled as one.
  const between = (from, to, fromRadius, toRadius) => {
    const distance = from.distanceTo(to);
    if (distance <= Math.abs(fromRadius - toRadius)) return '';
    const along = Math.atan2(to.y - from.y, to.x - from.x);
    const aside = Math.acos((fromRadius - toRadius) / distance);
    const at = (centre, radius, angle) => `${centre.x + radius * Math.cos(angle)} ${centre.y + radius * Math.sin(angle)}`;
    const [right, left] = [along + aside, along - aside];
    const corners = [at(from, fromRadius, right), at(to, toRadius, right), at(to, toRadius, left), at(from, fromRadius, left)];
    return `M${corners.join('L')}Z`;
  };

  const bandPath = (points, radii) =>
    points
      .map((point, at) => circle(point, radii[at]) + (at ? between(points[at - 1], point, radii[at - 1], radii[at]) : ''))
      .join('');

  // `radii` in metres: one for each vertex of a single line, or one for all.
  M4.Band = L.Polyline.extend({
    options: { ...BAND, radii: 0 },

    _pixels(latLng, radius) {
      const above = L.latLng(latLng.lat + radius / METRES_PER_DEGREE, latLng.lng);
      return this._map.latLngToLayerPoint(latLng).y - this._map.latLngToLayerPoint(above).y;
    },

    _radii(line) {
      const { radii } = this.options;
      return line.map((latLng, at) => this._pixels(latLng, Array.isArray(radii) ? radii[at] : radii));
    },

    // Neither clipped nor simplified: each vertex keeps its own radius.
    _update() {
      if (!this._map) return;
      const lines = L.LineUtil.isFlat(this._latlngs) ? [this._latlngs] : this._latlngs;
      const paths = lines.map((line, at) => bandPath(this._rings[at], this._radii(line)));
      this._renderer._setPath(this, paths.join(''));
    },
  });

  // Null if the position is exact, or its precision is not stated.
  M4.uncertainCircle = (feature, options) => {
    const { precision_m: radius } = feature.properties;
    return radius ? L.circle(M4.features.latLngs(feature), { ...CIRCLE, radius, ...options }) : null;
  };

  M4.uncertainBand = (feature, options) => {
    const { vertex_precision_m: radii, precision_m: radius } = feature.properties;
    return radii || radius ? new M4.Band(M4.features.latLngs(feature), { radii: radii ?? radius, ...options }) : null;
  };
}
