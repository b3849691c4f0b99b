// Dates known to the day, the month or the year: 2020-02-17, 2020-02, 2020. ISO texts are compared as strings.

{
  const ISO = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;

  const firstDay = (text) => `${text}-01-01`.slice(0, 10);

  const lastDay = (text) => {
    const [, year, month = '12', day] = ISO.exec(text);
    return day ? text : new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
  };

  // Whether the map covers a day.
  const isOffered = (day) => M4.firstDay <= day && day <= M4.lastDay;

  // Created once: formats are expensive to construct, and the slider needs many labels.
  const FORMATS = [{}, { month: 'long' }, { month: 'long', day: 'numeric' }].map(
    (parts) => new Intl.DateTimeFormat(M4.locale, { year: 'numeric', ...parts, timeZone: 'UTC' }),
  );

  // "17 February 2020", "February 2020" or "2020".
  const label = (text) => {
    const found = ISO.exec(text);
    if (!found) return text;
    const known = found.slice(2).filter(Boolean).length;
    return FORMATS[known].format(new Date(firstDay(text)));
  };

  // "17 Feb 2020": short, and its order is clear in every language.
  const SHORT = new Intl.DateTimeFormat(M4.locale, { year: 'numeric', month: 'short', day: 'numeric', timeZone: 'UTC' });
  const short = (day) => SHORT.format(new Date(day));

  M4.dates = { isDate: (text) => ISO.test(text), isOffered, label, short, lastDay };
}
