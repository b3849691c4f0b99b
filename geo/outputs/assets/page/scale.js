// The scale, in kilometres and miles, with the numbers and units of the language.

{
  const UNITS = { km: 'scale.km', m: 'scale.m', mi: 'scale.mi', ft: 'scale.ft' };

  // Leaflet makes a text such as "10 km" itself.
  const Scale = L.Control.Scale.extend({
    _updateScale(line, text, ratio) {
      L.Control.Scale.prototype._updateScale.call(this, line, '', ratio);
      const [number, unit] = text.split(' ');
      line.textContent = M4.text(UNITS[unit], { n: M4.count(Number(number)) });
    },
  });

  M4.scale = (options) => new Scale(options);
}
