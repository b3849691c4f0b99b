// Draws the old and the new road; every text goes in as text.

{
  const SVG = "http://www.w3.org/2000/svg";
  const METRES_PER_DEGREE = 111320; // of latitude; near enough for a drawing
  const MARGIN = 0.04; // of the extent, around the overview
  const ENLARGED_M = 300; // at least so far to each side of a place
  const data = JSON.parse(document.getElementById("data").textContent);
  const roads = ["old", "new"].filter((name) => data[name]);
  const middle = data.new.lines[0][0][1];
  const squeeze = Math.cos((middle * Math.PI) / 180);

  const planar = ([lon, lat]) => [lon * squeeze * METRES_PER_DEGREE, -lat * METRES_PER_DEGREE];
  const drawn = roads.flatMap((name) => data[name].lines.map((line) => ({ name, points: line.map(planar) })));

  const element = (name, attributes) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  const text = (name, content) => {
    const made = document.createElement(name);
    made.textContent = content;
    return made;
  };

  const reaches = (points, [left, top, width, height]) => {
    const [x, y] = [points.map((point) => point[0]), points.map((point) => point[1])];
    const isBeside = Math.max(...x) < left || Math.min(...x) > left + width;
    return !isBeside && Math.max(...y) >= top && Math.min(...y) <= top + height;
  };

  // Coordinates are taken from a corner of the picture: single precision, as browsers draw, would blur metres.
  const picture = (box, label, marks) => {
    const [left, top, width, height] = box;
    const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
    for (const { name, points } of drawn.filter(({ points }) => reaches(points, box))) {
      const shifted = points.map(([x, y]) => `${(x - left).toFixed(2)},${(y - top).toFixed(2)}`).join(" ");
      svg.append(element("polyline", { class: name, points: shifted }));
    }
    for (const [x, y, radius] of marks) svg.append(element("circle", { cx: x - left, cy: y - top, r: radius }));
    return svg;
  };

  const extent = () => {
    const [x, y] = [0, 1].map((axis) => drawn.flatMap(({ points }) => points.map((point) => point[axis])));
    const least = (values) => values.reduce((one, other) => Math.min(one, other));
    const most = (values) => values.reduce((one, other) => Math.max(one, other));
    const margin = MARGIN * (most(x) - least(x));
    return [least(x) - margin, least(y) - margin, most(x) - least(x) + 2 * margin, most(y) - least(y) + 2 * margin];
  };

  const places = data.changes?.places ?? [];
  const whole = extent();
  const marks = places.map(({ at }) => [...planar(at), whole[2] / 120]);
  document.getElementById("overview").prepend(picture(whole, "Both roads, whole", marks));

  const kilometres = (metres) => `${(metres / 1000).toFixed(2)} km`;
  const row = (title, old, now) => {
    const made = document.createElement("tr");
    made.append(text("th", title), text("td", old), text("td", now));
    return made;
  };

  const showChanges = ({ lengths_m, gone, new: added }) => {
    const section = document.getElementById("changes");
    const body = section.querySelector("tbody");
    body.append(row("OpenStreetMap as of", data.old.osm_base, data.new.osm_base));
    body.append(row("ways", data.old.lines.length, data.new.lines.length));
    for (const [direction, [old, now]] of Object.entries(lengths_m)) {
      body.append(row(direction, kilometres(old), kilometres(now)));
    }
    for (const [id, title, ids] of [
      ["gone", "gone", gone],
      ["new", "new", added],
    ]) {
      const list = document.getElementById(id);
      list.textContent = ids.join(", ");
      list.previousElementSibling.textContent = `${ids.length} ways ${title}`;
      list.parentElement.hidden = ids.length === 0;
    }
    for (const { id, off_m, at } of places) {
      const figure = document.createElement("figure");
      const [x, y] = planar(at);
      const reach = Math.max(ENLARGED_M, 2 * off_m);
      const caption = `${id}: ${off_m.toFixed(1)} m at ${at.map((degrees) => degrees.toFixed(5)).join(", ")}`;
      figure.append(picture([x - reach, y - reach, 2 * reach, 2 * reach], caption, [[x, y, reach / 12]]));
      figure.append(text("figcaption", `${caption}; the picture is ${kilometres(2 * reach)} wide`));
      document.getElementById("places").append(figure);
    }
    section.hidden = false;
  };

  const isGood = data.reasons.length === 0;
  document.getElementById("verdict").textContent = isGood
    ? `The road from ${data.source} may take the place of the snapshot.`
    : `The road from ${data.source} may not take the place of the snapshot:`;
  for (const reason of data.reasons) document.getElementById("reasons").append(text("li", reason));
  if (data.accept) {
    document.querySelector("#accept code").textContent = `--accept ${data.accept}`;
    document.getElementById("accept").hidden = false;
  }
  if (data.changes) showChanges(data.changes);
}
