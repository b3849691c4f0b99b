// Boxes in the pixels of the map's layers, of what is written on the map or must not be covered.

{
  const CELL = 64;
  const ROWS = 2 ** 20;

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

  M4.boxes = { contains, holds, overlaps, grown, around, viewOf, ofElements, index };
}
