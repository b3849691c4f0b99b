// Dates known to the day, the month or the year: 2020-02-17, 2020-02, 2020. As ISO texts they compare as days do.

{
  const ISO = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;

  const firstDay = (text) => `${text}-01-01`.slice(0, 10);

  const lastDay = (text) => {
    const [, year, month = '12', day] = ISO.exec(text);
    return day ? text : new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
  };

  // Whether a day lies in an interval; both ends belong to it, and a missing end is open.
  const within = (day, from, to) => (!from || firstDay(from) <= day) && (!to || day <= lastDay(to));

  // "17 February 2020", "February 2020" or "2020".
  const label = (text) => {
    const found = ISO.exec(text);
    if (!found) return text;
    const [, , month, day] = found;
    const parts = { year: 'numeric', ...(month && { month: 'long' }), ...(day && { day: 'numeric' }), timeZone: 'UTC' };
    return new Intl.DateTimeFormat(M4.locale, parts).format(new Date(firstDay(text)));
  };

  M4.dates = { within, label, firstDay, lastDay };
}
