// The position of a point as text to copy: as an MGRS reference and as longitude and latitude. The reference is
// truncated to the square of the known precision.

{
  const element = M4.element;
  // WGS 84, and Krüger's series for the transverse Mercator projection, accurate to well under a millimetre here.
  const SEMI_MAJOR_M = 6378137;
  const FLATTENING = 1 / 298.257223563;
  const N = FLATTENING / (2 - FLATTENING);
  const RADIUS_M = (SEMI_MAJOR_M / (1 + N)) * (1 + N ** 2 / 4 + N ** 4 / 64);
  const ALPHA = [
    N / 2 - (2 / 3) * N ** 2 + (5 / 16) * N ** 3,
    (13 / 48) * N ** 2 - (3 / 5) * N ** 3,
    (61 / 240) * N ** 3,
  ];
  const ECCENTRICITY = Math.sqrt(FLATTENING * (2 - FLATTENING));
  const SCALE = 0.9996;
  const FALSE_EASTING_M = 500000;
  const FALSE_NORTHING_M = 1e7;

  const BANDS = 'CDEFGHJKLMNPQRSTUVWXX'; // of eight degrees each from 80° S; the last has twelve
  const COLUMNS = ['ABCDEFGH', 'JKLMNPQR', 'STUVWXYZ'];
  const ROWS = 'ABCDEFGHJKLMNPQRSTUV';
  const SQUARE_M = 100000;
  const KNOWN_M = 100; // the default precision: no position here is known better

  const radians = (degrees) => (degrees * Math.PI) / 180;

  // Zone, easting and northing in metres.
  const utm = (lon, lat) => {
    const zone = Math.min(60, Math.floor((lon + 180) / 6) + 1);
    const [lambda, sine] = [radians(lon - (zone * 6 - 183)), Math.sin(radians(lat))];
    const t = Math.sinh(Math.atanh(sine) - ECCENTRICITY * Math.atanh(ECCENTRICITY * sine));
    const [xi, eta] = [Math.atan2(t, Math.cos(lambda)), Math.atanh(Math.sin(lambda) / Math.hypot(1, t))];
    const sum = (term) => ALPHA.reduce((total, alpha, index) => total + alpha * term(2 * (index + 1)), 0);
    const east = eta + sum((k) => Math.cos(k * xi) * Math.sinh(k * eta));
    const north = xi + sum((k) => Math.sin(k * xi) * Math.cosh(k * eta));
    return {
      zone,
      easting: SCALE * RADIUS_M * east + FALSE_EASTING_M,
      northing: SCALE * RADIUS_M * north + (lat < 0 ? FALSE_NORTHING_M : 0),
    };
  };

  // Digits of each half of a reference: one for squares of 10 km, five for squares of 1 m.
  const digitsFor = (precision) => Math.max(1, Math.min(5, 5 - Math.floor(Math.log10(Math.max(1, precision)))));

  // The reference of the square that contains the place; null near the poles. The irregular zones around Norway and
  // Svalbard are not supported.
  const mgrs = (lon, lat, precision = KNOWN_M) => {
    if (!(lat >= -80 && lat <= 84 && Math.abs(lon) <= 180)) return null;
    const { zone, easting, northing } = utm(lon, lat);
    const column = COLUMNS[(zone - 1) % 3][Math.floor(easting / SQUARE_M) - 1];
    const row = ROWS[(Math.floor(northing / SQUARE_M) + (zone % 2 ? 0 : 5)) % ROWS.length];
    const digits = digitsFor(precision);
    const half = (metres) => String(Math.floor(metres % SQUARE_M)).padStart(5, '0').slice(0, digits);
    return `${zone}${BANDS[Math.floor((lat + 80) / 8)]} ${column}${row} ${half(easting)} ${half(northing)}`;
  };

  const select = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  };

  const copy = async (button, node) => {
    try {
      await navigator.clipboard.writeText(node.textContent);
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
      copy(button, node);
    });
    return [element('dt', {}, title), element('dd', {}, node, ' ', button)];
  };

  M4.mgrs = mgrs;

  // Null for other geometries than points.
  M4.coordinatesSection = ({ geometry, properties: { precision_m: precision } }) => {
    if (geometry?.type !== 'Point') return null;
    const [lon, lat] = geometry.coordinates;
    const reference = mgrs(lon, lat, precision);
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
