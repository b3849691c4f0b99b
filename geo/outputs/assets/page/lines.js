// Lines beside another line: shifted by a number of pixels to the right of their direction, at every zoom.

{
  const WIGGLE = 1.5; // bends smaller than this many pixels would only fray the shifted line
  const SHARPEST = 0.5; // cosine below which a corner is cut off instead of drawn out

  const unit = (from, to) => {
    const step = to.subtract(from);
    return step.divideBy(Math.hypot(step.x, step.y) || 1);
  };

  const shiftedVertex = (before, at, after, distance) => {
    const into = unit(before ?? at, before ? at : after);
    const out = unit(after ? at : before, after ?? at);
    const [x, y] = [-(into.y + out.y), into.x + out.x]; // y grows downwards: this points to the right
    const length = Math.hypot(x, y) || 1;
    const reach = distance / Math.max(length / 2, SHARPEST);
    return L.point(at.x + (x / length) * reach, at.y + (y / length) * reach);
  };

  const shifted = (points, distance) => {
    const line = L.LineUtil.simplify(points, WIGGLE);
    if (line.length < 2) return points;
    return line.map((at, index) => shiftedVertex(line[index - 1], at, line[index + 1], distance));
  };

  M4.OffsetLine = L.Polyline.extend({
    options: { offset: 0 },

    _projectLatlngs(latLngs, rings, bounds) {
      L.Polyline.prototype._projectLatlngs.call(this, latLngs, rings, bounds);
      if (!this.options.offset || !L.LineUtil.isFlat(latLngs)) return; // parts come back here one by one
      rings.push(shifted(rings.pop(), this.options.offset));
    },
  });
}
