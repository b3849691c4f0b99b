// The position of a point as text to copy: as an MGRS reference and as longitude and latitude. The reference is
// truncated to the square of the known precision.

{
  const element = M4.element;

  const select = (node) => {
    if (node.select) return node.select(); // a field
    const range = document.createRange();
    range.selectNodeContents(node);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  };

  // Copies the text of a node; if that is refused, selects it. The button says what happened.
  M4.copyText = async (button, node) => {
    try {
      await navigator.clipboard.writeText(node.value ?? node.textContent);
      button.textContent = M4.text('coordinates.copied');
    } catch {
      select(node);
      button.textContent = M4.text('coordinates.selected');
    }
  };

  const row = (title, text) => {
    const node = element('bdi', { dir: 'ltr' }, text);
    const label = M4.text('coordinates.copy_one', { what: title });
    const button = element('button', { type: 'button', class: 'copy', 'aria-label': label }, M4.text('coordinates.copy'));
    button.addEventListener('click', () => {
      button.removeAttribute('aria-label'); // its text now says what happened
      M4.copyText(button, node);
    });
    return [element('dt', {}, title), element('dd', {}, node, ' ', button)];
  };

  // "35.8640° N, 36.8060° E", in which neither number can be taken for the other.
  const DEGREE_DECIMALS = 4; // about 10 m
  const half = (degrees, [positive, negative]) =>
    `${Math.abs(degrees).toFixed(DEGREE_DECIMALS)}° ${degrees < 0 ? negative : positive}`;
  M4.degreesText = (lon, lat) => `${half(lat, 'NS')}, ${half(lon, 'EW')}`;

  // A position that is no feature: rows to copy.
  M4.positionRows = (lon, lat, precision) =>
    element(
      'dl',
      { 'aria-live': 'polite' },
      ...row(M4.text('coordinates.degrees'), M4.degreesText(lon, lat)),
      ...row(M4.text('coordinates.mgrs'), M4.mgrs(lon, lat, precision)),
    );

  // Null for other geometries than points.
  M4.coordinatesSection = ({ geometry, properties: { precision_m: precision } }) => {
    if (geometry?.type !== 'Point') return null;
    const [lon, lat] = geometry.coordinates;
    const reference = M4.mgrs(lon, lat, precision);
    return element(
      'section',
      {},
      element('h3', {}, M4.text('coordinates.title')),
      element(
        'dl',
        { 'aria-live': 'polite' },
        ...(reference ? row(M4.text('coordinates.mgrs'), reference) : []),
        ...row(M4.text('coordinates.lon_lat'), `${lon.toFixed(4)}, ${lat.toFixed(4)}`),
      ),
    );
  };
}
