// Draws the symbols of the catalogue, on the map and in the legend.

{
  const SHAPES = {
    circle: (r) => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`,
    diamond: (r) => `M0 ${-r}L${r} 0L0 ${r}L${-r} 0Z`,
    square: (r) => `M${-r} ${-r}H${r}V${r}H${-r}Z`,
    triangle: (r) => `M0 ${-r}L${r} ${0.8 * r}H${-r}Z`,
    // Drawn above its point, so that both are visible.
    bubble: (r) =>
      `M0 -4L-3 -8H${3 - 1.3 * r}q-3 0 -3 -3v${6 - 2 * r}q0 -3 3 -3H${1.3 * r - 3}q3 0 3 3v${2 * r - 6}q0 3 -3 3H3Z`,
  };
  const TAP = 11; // distance in pixels from its centre at which a marker reacts to touch
  const NUMBER_ROOM = 3.5;
  const BAND_PX = 12; // width of the band of an uncertain line, in the legend
  const PAPER_FROM = 240; // channels of a colour that is nearly white
  const GREY = 40; // a colour whose channels differ by less is treated as grey

  const darkScheme = window.matchMedia('(prefers-color-scheme: dark)');

  // In the dark scheme, light and dark greys are exchanged, and colours are kept unless the build names another one.
  const tone = (colour) => {
    if (!colour || !darkScheme.matches) return colour;
    if (M4.darkColours.has(colour)) return M4.darkColours.get(colour);
    const channels = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    const [low, high] = [Math.min(...channels), Math.max(...channels)];
    if (high - low > GREY) return colour;
    return `hsl(40 6% ${Math.round(94 - (82 * (low + high)) / 510)}%)`;
  };

  // Hatching is a pattern, created once for each colour in the document, where all maps can use it.
  const patterns = M4.svg('svg', { class: 'patterns', width: 0, height: 0, 'aria-hidden': 'true' });
  const HATCH = { step: 8, weight: 1.6, angle: 45 };
  const BAND = { step: 5, weight: 1.1, angle: -45 }; // of an uncertain line: what it covers keeps its colour

  const hatch = (colour, { step, weight, angle }) => {
    const id = `hatch-${colour.slice(1)}${angle}`;
    if (!patterns.querySelector(`[id="${id}"]`)) {
      const stripe = M4.svg('path', { d: `M${step / 2} 0V${step}`, stroke: colour, 'stroke-width': weight });
      const size = { width: step, height: step, patternUnits: 'userSpaceOnUse' };
      patterns.append(M4.svg('pattern', { id, ...size, patternTransform: `rotate(${angle})` }, stripe));
      document.body.append(patterns);
    }
    return `url(#${id})`;
  };

  const bandFill = (colour) => hatch(colour, BAND);

  const fillOf = (symbol) => (symbol.hatch ? hatch(symbol.fill, HATCH) : tone(symbol.fill));

  // The main colour of a symbol: its fill, or its outline if the fill is nearly white.
  const inkOf = ({ fill, stroke }) => tone(isPaper(fill) ? stroke : fill);
  const isPaper = (fill) => !fill || [1, 3, 5].every((at) => parseInt(fill.slice(at, at + 2), 16) > PAPER_FROM);

  const path = (symbol, d) =>
    M4.svg('path', {
      d,
      fill: fillOf(symbol) || 'none',
      'fill-opacity': symbol.fill_opacity,
      stroke: tone(symbol.stroke) || 'none',
      'stroke-width': symbol.weight,
      'stroke-dasharray': symbol.dash || null,
      'stroke-linejoin': 'round',
    });

  const svg = (width, height, ...children) =>
    M4.svg(
      'svg',
      { width, height, viewBox: `${-width / 2} ${-height / 2} ${width} ${height}`, 'aria-hidden': 'true' },
      ...children,
    );

  // A number inside needs room; a bubble has it.
  const radiusOf = (symbol, number) => symbol.radius + (number && symbol.shape !== 'bubble' ? NUMBER_ROOM : 0);
  const middleOf = ({ shape, radius }) => (shape === 'bubble' ? -8 - radius : 0);

  // The extent of a marker around its point, in pixels.
  const boxOf = (symbol, number) => {
    const radius = radiusOf(symbol, number);
    const box = { left: -radius, right: radius, top: -radius, bottom: radius };
    return symbol.shape === 'bubble' ? { left: -1.3 * radius, right: 1.3 * radius, top: -8 - 2 * radius, bottom: -4 } : box;
  };

  const inverted = ({ fill, stroke, ...symbol }) => ({ ...symbol, fill: stroke, stroke: fill });

  const marker = (given, number, isStrong) => {
    const symbol = isStrong && given.stroke ? inverted(given) : given;
    const [radius, middle] = [radiusOf(symbol, number), middleOf(symbol)];
    const size = 2 * Math.max(TAP, radius + symbol.weight);
    const text = { class: 'number', fill: inkOn(symbol.fill), y: middle, dy: '0.36em' };
    const label = number ? M4.svg('text', text, M4.count(number)) : null;
    const tap = M4.svg('circle', { r: TAP, cy: middle, fill: 'transparent' });
    return { size, node: svg(size, size, tap, path(symbol, SHAPES[symbol.shape](radius)), label) };
  };

  const inkOn = (fill) => {
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(tone(fill).slice(at, at + 2), 16) / 255);
    return 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 ? '#111' : '#fff';
  };

  const line = (symbol, weight, stroke, opacity = 1, dash = symbol.dash) =>
    M4.svg('path', { d: 'M-12 0H12', fill: 'none', stroke, 'stroke-width': weight, 'stroke-dasharray': dash, opacity });

  const SWATCHES = {
    area: (symbol) => [path(symbol, 'M-11 -6H11V6H-11Z')],
    line: (symbol) => [
      symbol.banded ? line(symbol, BAND_PX, bandFill(symbol.stroke), M4.BAND_OPACITY, null) : null,
      symbol.casing ? line(symbol, symbol.weight + 2 * M4.CASING, tone(symbol.casing), 1, null) : null,
      line(symbol, symbol.weight, tone(symbol.stroke)),
    ],
    point: (symbol) => [
      M4.svg('g', { transform: `translate(0 ${-middleOf(symbol)})` }, path(symbol, SHAPES[symbol.shape](symbol.radius))),
    ],
  };

  // The legend's small picture of a symbol, drawn as an area, a line or a point.
  const swatch = (symbol, kind) => svg(26, 18, ...SWATCHES[kind](symbol));

  M4.symbols = { tone, inkOf, fillOf, bandFill, boxOf, marker, swatch, darkScheme };
}
