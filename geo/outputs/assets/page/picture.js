// A picture of the map as PNG, drawn on a canvas from what the browser has laid out: shapes, texts and pictures with their
// computed styles. Above it are the title and the date, below it the legend, that the map is of the past, the build, and
// the credits. No request is made; pictures of other hosts, such as tiles, cannot be read and are left out.

{
  const element = M4.element;
  const SCALE = 2; // pixels of the picture in one of the screen
  const HALO = 3;
  const ASCENT_OF_NUMBER_EM = 0.36; // from the middle of a digit to its baseline, as in a marker
  const SIDES = ['Top', 'Right', 'Bottom', 'Left'];
  const LEFT_OUT = '.leaflet-popup-pane';

  const isClear = (colour) => colour === 'transparent' || /^rgba\(.*, 0\)$/.test(colour);
  const fontOf = ({ fontStyle, fontWeight, fontSize, fontFamily }) => `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;

  // ---- Texts: each line of a text, where the browser has put it.

  const linesOf = (node) => {
    const lines = [];
    const range = document.createRange();
    for (const { index, 0: word } of node.data.matchAll(/\S+\s*/g)) {
      range.setStart(node, index);
      range.setEnd(node, index + word.trimEnd().length);
      const { left, right, top, height } = range.getBoundingClientRect();
      const last = lines.at(-1);
      if (!height) continue;
      if (last && Math.abs(last.top - top) < height / 2) {
        Object.assign(last, { text: last.text + word, left: Math.min(last.left, left), right: Math.max(last.right, right) });
      } else lines.push({ text: word, left, right, top, height });
    }
    return lines;
  };

  const writeLine = (context, { text, left, right, top, height }, style) => {
    const isRightToLeft = style.direction === 'rtl';
    Object.assign(context, { font: fontOf(style), direction: style.direction, textAlign: isRightToLeft ? 'right' : 'left' });
    context.letterSpacing = style.letterSpacing === 'normal' ? '0px' : style.letterSpacing;
    const { fontBoundingBoxAscent: ascent, fontBoundingBoxDescent: descent } = context.measureText(text);
    const [x, y] = [isRightToLeft ? right : left, top + (height - ascent - descent) / 2 + ascent];
    const halo = /rgba?\([^)]*\)/.exec(style.textShadow)?.[0];
    if (halo) {
      Object.assign(context, { strokeStyle: halo, lineWidth: HALO, lineJoin: 'round' });
      context.setLineDash([]);
      context.strokeText(text.trimEnd(), x, y);
    }
    context.fillStyle = style.color;
    context.fillText(text.trimEnd(), x, y);
  };

  // The number before the name of a post is no text of the document.
  const writeNumbered = (context, node, style) => {
    const { left, right, top, height } = node.getBoundingClientRect();
    writeLine(context, { text: `${node.dataset.number} · ${node.textContent}`, left, right, top, height }, style);
  };

  // ---- Shapes.

  const hatchOf = (context, url) => {
    const pattern = document.getElementById(/#([\w-]+)/.exec(url)[1]);
    const [stripe, size] = [pattern.querySelector('path'), Number(pattern.getAttribute('width'))];
    const tile = element('canvas', { width: size * SCALE, height: size * SCALE });
    const own = tile.getContext('2d');
    own.scale(SCALE, SCALE);
    Object.assign(own, { strokeStyle: stripe.getAttribute('stroke'), lineWidth: Number(stripe.getAttribute('stroke-width')) });
    own.stroke(new Path2D(stripe.getAttribute('d')));
    const found = context.createPattern(tile, 'repeat');
    found.setTransform(DOMMatrix.fromMatrix(pattern.patternTransform.baseVal.consolidate().matrix).scale(1 / SCALE));
    return found;
  };

  const paintOf = (context, value) => (value.startsWith('url(') ? hatchOf(context, value) : value);

  const outlineOf = (shape) => {
    if (shape.localName === 'path') return new Path2D(shape.getAttribute('d') ?? '');
    const outline = new Path2D();
    const [x, y, r] = ['cx', 'cy', 'r'].map((name) => Number(shape.getAttribute(name) ?? 0));
    outline.arc(x, y, r, 0, 2 * Math.PI);
    return outline;
  };

  const drawShape = (context, shape) => {
    const style = getComputedStyle(shape);
    const opacity = Number(style.opacity);
    if (style.display === 'none' || style.visibility === 'hidden' || !opacity) return;
    context.save();
    const moved = shape.parentNode.transform?.baseVal.consolidate()?.matrix;
    if (moved && shape.parentNode.localName === 'g') context.transform(moved.a, moved.b, moved.c, moved.d, moved.e, moved.f);
    if (shape.localName === 'text') {
      Object.assign(context, { font: fontOf(style), fillStyle: style.fill, textAlign: 'center', globalAlpha: opacity });
      const y = Number(shape.getAttribute('y') ?? 0) + ASCENT_OF_NUMBER_EM * parseFloat(style.fontSize);
      context.fillText(shape.textContent, 0, y);
    } else {
      const outline = outlineOf(shape);
      if (style.fill !== 'none') {
        context.globalAlpha = opacity * Number(style.fillOpacity);
        context.fillStyle = paintOf(context, style.fill);
        context.fill(outline, style.fillRule);
      }
      if (style.stroke !== 'none') {
        Object.assign(context, { lineCap: style.strokeLinecap, lineJoin: style.strokeLinejoin, lineWidth: parseFloat(style.strokeWidth) });
        context.globalAlpha = opacity * Number(style.strokeOpacity);
        context.strokeStyle = paintOf(context, style.stroke);
        context.setLineDash(style.strokeDasharray === 'none' ? [] : style.strokeDasharray.split(/[ ,]+/).map(parseFloat));
        context.stroke(outline);
      }
    }
    context.restore();
  };

  // Fades a drawing towards the edges of the ground, as the mask that is its style does: four places across, four down.
  const fade = (context, mask, { left, top }) => {
    const stops = [...mask.matchAll(/(-?[\d.]+)px/g)].map((found) => Number(found[1]));
    const { width, height } = context.canvas;
    const axes = [(from, to) => [from + left, 0, to + left, 0], (from, to) => [0, from + top, 0, to + top]];
    context.globalCompositeOperation = 'destination-in';
    axes.forEach((line, axis) => {
      const [start, full, thin, end] = stops.slice(4 * axis, 4 * axis + 4);
      const gradient = context.createLinearGradient(...line(start, end));
      const share = (at) => Math.min(1, Math.max(0, (at - start) / (end - start)));
      [[start, 0], [full, 1], [thin, 1], [end, 0]].forEach(([at, alpha]) => gradient.addColorStop(share(at), `rgb(0 0 0 / ${alpha})`));
      context.fillStyle = gradient;
      const at = context.getTransform().inverse();
      const [from, to] = [at.transformPoint({ x: 0, y: 0 }), at.transformPoint({ x: width, y: height })];
      context.fillRect(from.x, from.y, to.x - from.x, to.y - from.y);
    });
    context.globalCompositeOperation = 'source-over';
  };

  const drawSvg = (context, svg) => {
    const box = svg.getBoundingClientRect();
    const { x, y, width } = svg.viewBox.baseVal ?? { x: 0, y: 0, width: 0 };
    const scale = width ? box.width / width : 1;
    const mask = svg.style.maskImage;
    const layer = mask ? element('canvas', { width: context.canvas.width, height: context.canvas.height }).getContext('2d') : context;
    layer.save();
    if (mask) layer.setTransform(context.getTransform());
    layer.save();
    layer.transform(scale, 0, 0, scale, box.left - x * scale, box.top - y * scale);
    for (const shape of svg.querySelectorAll('path, circle, text')) if (!shape.closest('defs, pattern')) drawShape(layer, shape);
    layer.restore();
    if (mask) fade(layer, mask, box);
    layer.restore();
    if (!mask) return;
    context.save();
    context.resetTransform();
    context.drawImage(layer.canvas, 0, 0);
    context.restore();
  };

  // ---- Everything, in the order in which the browser paints it.

  const drawBox = (context, style, { left, top, width, height }) => {
    if (!isClear(style.backgroundColor)) {
      context.fillStyle = style.backgroundColor;
      context.beginPath();
      context.roundRect(left, top, width, height, parseFloat(style.borderTopLeftRadius) || 0);
      context.fill();
    }
    const sides = SIDES.map((side) => [parseFloat(style[`border${side}Width`]), style[`border${side}Color`]]);
    const boxes = ([up, right, down, before]) => [
      [left, top, width, up],
      [left + width - right, top, right, height],
      [left, top + height - down, width, down],
      [left, top, before, height],
    ];
    boxes(sides.map(([thickness]) => thickness)).forEach((box, side) => {
      context.fillStyle = sides[side][1];
      if (sides[side][0]) context.fillRect(...box);
    });
  };

  const inOrder = (node) =>
    [...node.childNodes]
      .map((child) => ({ child, height: child.nodeType === 1 ? Number(getComputedStyle(child).zIndex) || 0 : 0 }))
      .sort((one, other) => one.height - other.height)
      .map(({ child }) => child);

  // Returns whether all of it could be drawn.
  const draw = (context, node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      const style = getComputedStyle(node.parentNode);
      for (const line of linesOf(node)) writeLine(context, line, style);
      return true;
    }
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches(LEFT_OUT)) return true;
    const style = getComputedStyle(node);
    const opacity = Number(style.opacity);
    if (style.display === 'none' || style.visibility === 'hidden' || !opacity) return true;
    const box = node.getBoundingClientRect();
    let isWhole = true;
    context.save();
    context.globalAlpha *= opacity;
    if (style.mixBlendMode !== 'normal') context.globalCompositeOperation = style.mixBlendMode;
    if (node.localName === 'svg') drawSvg(context, node);
    else if (node.localName === 'canvas') context.drawImage(node, box.left, box.top, box.width, box.height);
    else if (node.localName === 'img') {
      isWhole = node.src.startsWith('data:');
      if (isWhole && node.complete) context.drawImage(node, box.left, box.top, box.width, box.height);
    } else {
      drawBox(context, style, box);
      if (node.dataset.number) writeNumbered(context, node, style);
      else isWhole = inOrder(node).map((child) => draw(context, child)).every(Boolean);
    }
    context.restore();
    return isWhole;
  };

  // ---- What is around the map.

  const legend = (map) => {
    const { day } = M4.state;
    const view = map.getBounds();
    const layers = M4.catalogue.filter(
      (layer) => !layer.isGround && map.hasLayer(M4.drawings.get(layer.name)) && (layer.fromZoom ?? 0) <= map.getZoom(),
    );
    const rows = layers.reverse().flatMap((layer) => {
      const seen = M4.features.drawn(layer, day).filter((feature) => view.intersects(M4.features.bounds([feature])));
      return [...layer.symbols].flatMap(([className, symbol]) => {
        const sample = seen.find((feature) => M4.features.classOf(feature, day) === className);
        if (!sample) return [];
        const name = layer.symbols.size > 1 ? `${layer.title}: ${symbol.label}` : layer.title;
        return [element('li', {}, M4.symbols.swatch(symbol, M4.features.kindOf(sample)), element('span', {}, name))];
      });
    });
    return element('ul', {}, ...rows);
  };

  const frameOf = (map) => {
    const asOf = M4.text('page.as_of', { day: M4.dates.label(M4.state.day) });
    const remark = M4.text('page.remark', {}, '');
    const above = element(
      'div',
      { class: 'above' },
      element('p', { class: 'title' }, M4.text('page.title')),
      element('p', {}, asOf),
      remark ? element('p', {}, remark) : null,
    );
    const below = element(
      'div',
      { class: 'below' },
      legend(map),
      element('p', { class: 'history' }, ...M4.historyLine()),
      element('p', { class: 'small', dir: 'auto' }, M4.creditsLine()),
    );
    const frame = element('div', { class: 'picture-frame', 'aria-hidden': 'true' }, above, below);
    frame.style.width = `${map.getSize().x}px`;
    document.body.append(frame);
    return { frame, above, below };
  };

  // Draws a part of the document at this height of the picture.
  const drawAt = (context, node, box, top, nodes = [node]) => {
    context.save();
    context.translate(-box.left, top - box.top);
    context.beginPath();
    context.rect(box.left, box.top, box.width, box.height);
    context.clip();
    const isWhole = nodes.map((one) => draw(context, one)).every(Boolean);
    context.restore();
    return isWhole;
  };

  // A picture of the map as a file, and whether everything is in it.
  M4.takePicture = async (map) => {
    const { frame, above, below } = frameOf(map);
    try {
      const [head, foot, middle] = [above, below, map.getContainer()].map((node) => node.getBoundingClientRect());
      const canvas = element('canvas', {
        width: Math.round(middle.width * SCALE),
        height: Math.round((head.height + middle.height + foot.height) * SCALE),
      });
      const context = canvas.getContext('2d');
      context.scale(SCALE, SCALE);
      drawAt(context, above, head, 0);
      context.fillStyle = getComputedStyle(map.getContainer()).backgroundColor;
      context.fillRect(0, head.height, middle.width, middle.height);
      const scale = map.getContainer().querySelector('.leaflet-control-scale');
      const isWhole = drawAt(context, map.getContainer(), middle, head.height, [map.getPane('mapPane'), scale].filter(Boolean));
      drawAt(context, below, foot, head.height + middle.height);
      const file = await new Promise((done, fail) => {
        canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('the picture is too large'))), 'image/png');
      });
      return { file, isWhole };
    } finally {
      frame.remove();
    }
  };
}
