// How a symbol of the catalogue looks, on the map and in the legend alike.

{
  const SHAPES = {
    circle: (r) => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`,
    diamond: (r) => `M0 ${-r}L${r} 0L0 ${r}L${-r} 0Z`,
    square: (r) => `M${-r} ${-r}H${r}V${r}H${-r}Z`,
    triangle: (r) => `M0 ${-r}L${r} ${0.8 * r}H${-r}Z`,
  };
  const TAP = 11; // so many pixels from its centre a marker still answers a finger
  const NUMBER_ROOM = 3.5;
  const GREY = 40; // a colour whose channels differ by less is paper or ink, not a colour

  const darkScheme = window.matchMedia('(prefers-color-scheme: dark)');

  // In the dark, paper and ink change places and colours stay.
  const tone = (colour) => {
    if (!colour || !darkScheme.matches) return colour;
    const channels = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    const [low, high] = [Math.min(...channels), Math.max(...channels)];
    if (high - low > GREY) return colour;
    return `hsl(40 6% ${Math.round(94 - (82 * (low + high)) / 510)}%)`;
  };

  const path = (symbol, d) =>
    M4.svg('path', {
      d,
      fill: tone(symbol.fill) || 'none',
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

  // What is official and numbered is drawn larger, with its number inside.
  const numberOf = ({ properties: { kind, number } }) => (kind === 'official' && number) || null;

  const radiusOf = (feature, symbol) => symbol.radius + (numberOf(feature) ? NUMBER_ROOM : 0);

  const marker = (feature, symbol) => {
    const radius = radiusOf(feature, symbol);
    const size = 2 * Math.max(TAP, radius + symbol.weight);
    const text = numberOf(feature) && { class: 'number', fill: inkOn(symbol.fill), y: '0.36em' };
    const label = text && M4.svg('text', text, String(numberOf(feature)));
    const tap = M4.svg('circle', { r: TAP, fill: 'transparent' });
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
    line: (symbol, soft) => [
      soft ? line(symbol, M4.SOFT.weight, tone(symbol.stroke), M4.SOFT.opacity, null) : null,
      symbol.casing ? line(symbol, symbol.weight + 2 * M4.CASING, tone(symbol.casing), 1, null) : null,
      line(symbol, symbol.weight, tone(symbol.stroke)),
    ],
    point: (symbol) => [path(symbol, SHAPES[symbol.shape](symbol.radius))],
  };

  // The legend's small picture of a symbol, drawn as an area, a line or a point.
  const swatch = (symbol, kind, soft = false) => svg(26, 18, ...SWATCHES[kind](symbol, soft));

  M4.symbols = { tone, radiusOf, marker, swatch, darkScheme };
}
