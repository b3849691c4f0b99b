// Boxes in the pixels of the map's layers, of what is written on the map or must not be covered.

{
  const CELL = 64;
  const ROWS = 2 ** 20;
  const STEP = 12; // pixels from one box to the next along a line

  const contains = (outer, inner) =>
    outer.left <= inner.left && inner.right <= outer.right && outer.top <= inner.top && inner.bottom <= outer.bottom;

  const holds = (outer, { x, y }) => contains(outer, { left: x, right: x, top: y, bottom: y });

  const overlaps = (one, other) =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

  const grown = ({ left, top, right, bottom }, by) => ({
    left: left - by,
    top: top - by,
    right: right + by,
    bottom: bottom + by,
  });

  // The box of a size around a point.
  const around = ({ x, y }, [width, height]) => ({
    left: x - width / 2,
    right: x + width / 2,
    top: y - height / 2,
    bottom: y + height / 2,
  });

  const boundsOf = (points) => {
    const { min, max } = L.bounds(points);
    return { left: min.x, right: max.x, top: min.y, bottom: max.y };
  };

  // What of the layers is in view.
  const viewOf = (map) => {
    const { min, max } = map.getPixelBounds();
    const [topLeft, bottomRight] = [min, max].map((corner) => corner.subtract(map.getPixelOrigin()));
    return { left: topLeft.x, top: topLeft.y, right: bottomRight.x, bottom: bottomRight.y };
  };

  // The boxes of the elements of the map that match a selector.
  const ofElements = (map, selector) => {
    const frame = map.getContainer().getBoundingClientRect();
    const { x, y } = map.containerPointToLayerPoint([0, 0]);
    const [across, down] = [x - frame.left, y - frame.top];
    return [...map.getContainer().querySelectorAll(selector)].map((node) => {
      const { left, right, top, bottom } = node.getBoundingClientRect();
      return { left: left + across, right: right + across, top: top + down, bottom: bottom + down };
    });
  };

  // Small boxes along a straight line: what is on one of them is on the line.
  const along = ([from, to], step) => {
    const steps = Math.ceil(from.distanceTo(to) / step);
    return Array.from({ length: steps }, (_, index) => {
      const at = (index + 0.5) / steps;
      return around(from.add(to.subtract(from).multiplyBy(at)), [3, 3]);
    });
  };

  // Small boxes along the lines and outlines of features, where they are in view.
  const alongFeatures = (map, features, view) => {
    const linesOf = (latLngs) => (L.LineUtil.isFlat(latLngs) ? [latLngs] : latLngs.flatMap(linesOf));
    const lines = features.flatMap((feature) => linesOf(M4.features.latLngs(feature)));
    return lines.flatMap((line) => {
      // Of a line with vertices close together only some are needed.
      const points = [];
      for (const at of line) {
        const point = map.latLngToLayerPoint(at);
        const last = points.at(-1);
        if (!last || Math.hypot(point.x - last.x, point.y - last.y) >= STEP) points.push(point);
      }
      const pieces = points.slice(1).map((to, index) => [points[index], to]);
      const isSeen = (piece) => overlaps(view, grown(boundsOf(piece), 1));
      return pieces.filter(isSeen).flatMap((piece) => along(piece, STEP).filter((box) => overlaps(view, box)));
    });
  };

  // Boxes of several kinds, by the cells of a grid, so that only those nearby are compared.
  const index = () => {
    const cells = new Map();
    let asked = 0;
    const eachCell = ({ left, top, right, bottom }, act) => {
      for (let column = Math.floor(left / CELL); column <= right / CELL; column += 1) {
        for (let row = Math.floor(top / CELL); row <= bottom / CELL; row += 1) act(column * ROWS + row);
      }
    };
    const add = (kind, box) => {
      const one = { kind, box, seen: 0 };
      eachCell(box, (cell) => {
        if (cells.has(cell)) cells.get(cell).push(one);
        else cells.set(cell, [one]);
      });
    };
    const over = (box) => {
      const found = [];
      asked += 1;
      eachCell(box, (cell) => {
        for (const one of cells.get(cell) ?? []) {
          if (one.seen === asked || !overlaps(box, one.box)) continue;
          one.seen = asked; // it may be in several cells
          found.push(one);
        }
      });
      return found;
    };
    return { add, over };
  };

  M4.boxes = { contains, holds, overlaps, grown, around, along, alongFeatures, viewOf, ofElements, index };
}
