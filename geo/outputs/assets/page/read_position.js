// Reads a position that a reader typed: degrees (decimal, or with minutes and seconds) or an MGRS reference.

{
  const ARABIC_ZEROS = [0x0660, 0x06f0];

  // Digits and marks in one form; a comma between digits is a decimal one if the text has no point.
  const plain = (text) => {
    const folded = text
      .replace(/[٠-٩۰-۹]/g, (digit) => {
        const code = digit.charCodeAt(0);
        return code - ARABIC_ZEROS.findLast((zero) => zero <= code);
      })
      .replace(/٫/g, '.')
      .replace(/[،؛]/g, ' ; ')
      .replace(/[−–]/g, '-')
      .replace(/[º˚]/g, '°')
      .replace(/''|[”“″]/g, '"')
      .replace(/[’‘′]/g, "'")
      .replace(/\p{Cf}/gu, '')
      .toUpperCase();
    const withPoints = folded.includes('.') ? folded : folded.replace(/(\d),(?=\d)/g, '$1.');
    return withPoints.replace(/[,;/]/g, ' ').trim();
  };

  // Degrees, perhaps minutes, perhaps seconds; only the last part may have decimals.
  const ANGLE = String.raw`([+-]?)(\d{1,3}(?:\.\d+)?)\s*°?(?:\s*(\d{1,2}(?:\.\d+)?)\s*'(?:\s*(\d{1,2}(?:\.\d+)?)\s*")?)?`;
  const AFTER = new RegExp(`^${ANGLE}\\s*([NSEW]?)\\s+${ANGLE}\\s*([NSEW]?)$`);
  const BEFORE = new RegExp(`^([NSEW])\\s*${ANGLE}\\s+([NSEW])\\s*${ANGLE}$`);

  const angleOf = (sign, degrees = '', minutes = '0', seconds = '0') => {
    if (Number(minutes) >= 60 || Number(seconds) >= 60) return NaN;
    if (degrees.includes('.') && minutes !== '0') return NaN;
    return (sign === '-' ? -1 : 1) * (Number(degrees) + Number(minutes) / 60 + Number(seconds) / 3600);
  };

  const isOnEarth = ({ lon, lat }) => Math.abs(lat) <= 90 && Math.abs(lon) <= 180;

  // Both halves of a pair: the letter of each, if there is one, and its angle.
  const halvesOf = (text) => {
    const [, ...after] = AFTER.exec(text) ?? [];
    const [, ...before] = BEFORE.exec(text) ?? [];
    const halves = before.length
      ? [before.slice(0, 5), before.slice(5)].map(([letter, ...angle]) => ({ letter, angle: angleOf(...angle) }))
      : [after.slice(0, 5), after.slice(5)].map((half) => ({ letter: half[4], angle: angleOf(...half.slice(0, 4)) }));
    return after.length + before.length && !halves.some(({ angle }) => Number.isNaN(angle)) ? halves : null;
  };

  const pairOf = (text) => {
    const parts = halvesOf(text);
    if (!parts) return [];
    const [first, second] = parts;
    const isLat = ({ letter }) => 'NS'.includes(letter);
    if (!first.letter && !second.letter) {
      // Latitude first, as most write it, and the other way round, as data do.
      return [
        { lat: first.angle, lon: second.angle },
        { lat: second.angle, lon: first.angle },
      ].filter(isOnEarth);
    }
    if (!first.letter || !second.letter || isLat(first) === isLat(second)) return [];
    const [lat, lon] = isLat(first) ? [first, second] : [second, first];
    const signed = ({ letter, angle }) => ('SW'.includes(letter) ? -angle : angle);
    return [{ lat: signed(lat), lon: signed(lon) }].filter(isOnEarth);
  };

  // The positions that a text can mean, as { lon, lat }, the likeliest first; none if it is not a position.
  M4.readPositions = (text) => {
    const reference = M4.placeOfMgrs(text);
    return reference ? [reference] : pairOf(plain(text));
  };
}
