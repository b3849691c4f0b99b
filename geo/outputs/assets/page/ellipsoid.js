// The ellipsoid WGS 84: lengths of geodesics, and references of the military grid (MGRS) to and from longitude and
// latitude. Krüger's series for the transverse Mercator projection and Vincenty's for geodesics are accurate to well
// under a millimetre here.

{
  const SEMI_MAJOR_M = 6378137;
  const FLATTENING = 1 / 298.257223563;
  const N = FLATTENING / (2 - FLATTENING);
  const RADIUS_M = (SEMI_MAJOR_M / (1 + N)) * (1 + N ** 2 / 4 + N ** 4 / 64);
  const ALPHA = [
    N / 2 - (2 / 3) * N ** 2 + (5 / 16) * N ** 3,
    (13 / 48) * N ** 2 - (3 / 5) * N ** 3,
    (61 / 240) * N ** 3,
  ];
  const DELTA = [
    2 * N - (2 / 3) * N ** 2 - 2 * N ** 3,
    (7 / 3) * N ** 2 - (8 / 5) * N ** 3,
    (56 / 15) * N ** 3,
  ];
  const BETA = [
    N / 2 - (2 / 3) * N ** 2 + (37 / 96) * N ** 3,
    (1 / 48) * N ** 2 + (1 / 15) * N ** 3,
    (17 / 480) * N ** 3,
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
  const degrees = (angle) => (angle * 180) / Math.PI;
  const centralLon = (zone) => zone * 6 - 183;

  // Zone, easting and northing in metres.
  const utm = (lon, lat) => {
    const zone = Math.min(60, Math.floor((lon + 180) / 6) + 1);
    const [lambda, sine] = [radians(lon - centralLon(zone)), Math.sin(radians(lat))];
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

  // Longitude and latitude of a place in a zone of the northern or southern half.
  const fromUtm = (zone, easting, northing, isSouth) => {
    const xi = (northing - (isSouth ? FALSE_NORTHING_M : 0)) / (SCALE * RADIUS_M);
    const eta = (easting - FALSE_EASTING_M) / (SCALE * RADIUS_M);
    const sum = (term) => BETA.reduce((total, beta, index) => total + beta * term(2 * (index + 1)), 0);
    const north = xi - sum((k) => Math.sin(k * xi) * Math.cosh(k * eta));
    const east = eta - sum((k) => Math.cos(k * xi) * Math.sinh(k * eta));
    const conformal = Math.asin(Math.sin(north) / Math.cosh(east));
    const lat = DELTA.reduce((total, delta, index) => total + delta * Math.sin(2 * (index + 1) * conformal), conformal);
    return { lon: centralLon(zone) + degrees(Math.atan2(Math.sinh(east), Math.cos(north))), lat: degrees(lat) };
  };

  const REFERENCE = /^(\d{1,2})([C-HJ-NP-X])([A-HJ-NP-Z])([A-HJ-NP-V])(\d{0,10})$/;
  const ROUND_M = ROWS.length * SQUARE_M; // after which the letters of rows begin again

  // The middle of the square of a reference, and its side in metres; null if the text is no reference.
  const placeOfMgrs = (text) => {
    const [, zoneText, band, column, row, digits] = REFERENCE.exec(text.toUpperCase().replace(/\s+/g, '')) ?? [];
    const zone = Number(zoneText);
    const columnAt = COLUMNS[(zone - 1) % 3]?.indexOf(column) ?? -1;
    if (!(zone >= 1 && zone <= 60) || columnAt < 0 || digits.length % 2) return null;
    const side = SQUARE_M / 10 ** (digits.length / 2);
    const within = (half) => Number(half || 0) * side + side / 2;
    const easting = (columnAt + 1) * SQUARE_M + within(digits.slice(0, digits.length / 2));
    const rowAt = (ROWS.indexOf(row) + ROWS.length - (zone % 2 ? 0 : 5)) % ROWS.length;
    const inRound = rowAt * SQUARE_M + within(digits.slice(digits.length / 2));
    const isSouth = band < 'N';
    const south = BANDS.indexOf(band) * 8 - 80;
    for (let round = 0; round * ROUND_M < FALSE_NORTHING_M; round += 1) {
      const { lon, lat } = fromUtm(zone, easting, inRound + round * ROUND_M, isSouth);
      // A square at the edge of a band is in both.
      if (lat > south - 1 && lat < south + 9 + (band === 'X' ? 4 : 0)) return { lon, lat, side };
    }
    return null;
  };

  const MOST_STEPS = 100; // reached only by nearly opposite points of the globe

  // The length in metres of the geodesic between two places, each [lon, lat] in degrees: Vincenty's inverse formula.
  const geodesicMetres = ([lon, lat], [otherLon, otherLat]) => {
    const reduced = (angle) => Math.atan((1 - FLATTENING) * Math.tan(radians(angle)));
    const [sin1, cos1, sin2, cos2] = [lat, otherLat].map(reduced).flatMap((angle) => [Math.sin(angle), Math.cos(angle)]);
    const difference = radians(otherLon - lon);
    let lambda = difference;
    for (let step = 0; ; step += 1) {
      const sinSigma = Math.hypot(cos2 * Math.sin(lambda), cos1 * sin2 - sin1 * cos2 * Math.cos(lambda));
      if (sinSigma === 0) return 0;
      const cosSigma = sin1 * sin2 + cos1 * cos2 * Math.cos(lambda);
      const sigma = Math.atan2(sinSigma, cosSigma);
      const sinAlpha = (cos1 * cos2 * Math.sin(lambda)) / sinSigma;
      const cosSqAlpha = 1 - sinAlpha ** 2;
      const cos2M = cosSqAlpha ? cosSigma - (2 * sin1 * sin2) / cosSqAlpha : 0; // 0 along the equator
      const c = (FLATTENING / 16) * cosSqAlpha * (4 + FLATTENING * (4 - 3 * cosSqAlpha));
      const before = lambda;
      lambda =
        difference +
        (1 - c) * FLATTENING * sinAlpha * (sigma + c * sinSigma * (cos2M + c * cosSigma * (2 * cos2M ** 2 - 1)));
      if (Math.abs(lambda - before) > 1e-12 && step < MOST_STEPS) continue;
      const semiMinor = SEMI_MAJOR_M * (1 - FLATTENING);
      const u = (cosSqAlpha * (SEMI_MAJOR_M ** 2 - semiMinor ** 2)) / semiMinor ** 2;
      const a = 1 + (u / 16384) * (4096 + u * (u * (320 - 175 * u) - 768));
      const b = (u / 1024) * (256 + u * (u * (74 - 47 * u) - 128));
      const correction =
        cosSigma * (2 * cos2M ** 2 - 1) - (b / 6) * cos2M * (4 * sinSigma ** 2 - 3) * (4 * cos2M ** 2 - 3);
      return semiMinor * a * (sigma - b * sinSigma * (cos2M + (b / 4) * correction));
    }
  };

  M4.mgrs = mgrs;
  M4.placeOfMgrs = placeOfMgrs;
  M4.geodesicMetres = geodesicMetres;
}
