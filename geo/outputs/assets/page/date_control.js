// The control of the day shown: steps, play, slider and field.

{
  const element = M4.element;
  const DAY_MS = 86_400_000;
  const PACE_MS = 700;
  const ICONS = {
    back: 'M6 -7L-4 0L6 7Z',
    play: 'M-5 -8L8 0L-5 8Z',
    pause: 'M-6 -7H-2V7H-6ZM2 -7H6V7H2Z',
    forward: 'M-6 -7L4 0L-6 7Z',
  };

  const dateOf = (day) => new Date(`${day}T00:00:00Z`);
  const isoOf = (date) => date.toISOString().slice(0, 10);
  const numberOf = (day) => Math.round((dateOf(day) - dateOf(M4.firstDay)) / DAY_MS);
  const dayOf = (number) => isoOf(new Date(dateOf(M4.firstDay).getTime() + number * DAY_MS));

  const { isOffered } = M4.dates;
  const clamped = (day) => (day < M4.firstDay ? M4.firstDay : day > M4.lastDay ? M4.lastDay : day);

  const daysLater = (day, days) => clamped(isoOf(new Date(dateOf(day).getTime() + days * DAY_MS)));

  // The same day of another month, or the last one of that month.
  const monthsLater = (day, months) => {
    const [year, month, ofMonth] = day.split('-').map(Number);
    const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
    return clamped(isoOf(new Date(Date.UTC(year, month - 1 + months, Math.min(ofMonth, last)))));
  };

  const icon = (d) =>
    M4.svg('svg', { viewBox: '-10 -10 20 20', width: 16, height: 16, 'aria-hidden': 'true' }, M4.svg('path', { d }));

  const button = (className, label, d, act) => {
    const node = element('button', { type: 'button', class: className, 'aria-label': label, title: label }, icon(d));
    node.addEventListener('click', act);
    return node;
  };

  const player = () => {
    const days = M4.daysOfChange;
    let timer = null;
    let shown = null;

    const show = () => {
      const playing = timer !== null;
      const label = M4.text(playing ? 'date.pause' : 'date.play');
      node.setAttribute('aria-label', label);
      node.title = label;
      node.replaceChildren(icon(playing ? ICONS.pause : ICONS.play));
    };
    const stop = () => {
      clearInterval(timer);
      timer = null;
      show();
    };
    const go = (day) => {
      shown = day;
      M4.setState({ day });
    };
    const step = () => {
      const next = days.find((day) => day > M4.state.day);
      if (next) go(next);
      else stop();
    };
    const start = () => {
      timer = setInterval(step, PACE_MS);
      show();
      if (M4.state.day >= M4.lastDay) go(M4.firstDay);
    };
    const node = button('play', M4.text('date.play'), ICONS.play, () => (timer === null ? start() : stop()));
    // Playing stops when another day is set.
    M4.follow(['day'], ({ day }) => timer !== null && day !== shown && stop());
    return node;
  };

  const slider = () => {
    const node = element('input', { type: 'range', min: 0, max: numberOf(M4.lastDay), step: 1 });
    node.setAttribute('aria-label', M4.text('date.slider'));
    node.addEventListener('input', () => M4.setState({ day: dayOf(Number(node.value)) }));
    node.addEventListener('keydown', (event) => {
      const months = { PageUp: 1, PageDown: -1 }[event.key];
      if (!months) return;
      event.preventDefault();
      M4.setState({ day: monthsLater(clamped(M4.state.day), months) });
    });
    M4.follow(['day'], ({ day }) => {
      node.value = numberOf(day);
      node.setAttribute('aria-valuetext', M4.dates.label(day));
    });
    return node;
  };

  const years = () => {
    const ofYear = new Intl.DateTimeFormat(M4.locale, { year: 'numeric', timeZone: 'UTC' });
    const [first, last] = [M4.firstDay, M4.lastDay].map((day) => Number(day.slice(0, 4)));
    const ticks = Array.from({ length: last - first }, (_, index) => {
      const day = `${first + 1 + index}-01-01`;
      const tick = element('span', {}, ofYear.format(dateOf(day)));
      tick.style.insetInlineStart = `${(100 * numberOf(day)) / numberOf(M4.lastDay)}%`;
      return tick;
    });
    return element('div', { class: 'years', 'aria-hidden': 'true' }, ...ticks);
  };

  const limits = { first: M4.dates.label(M4.firstDay), last: M4.dates.label(M4.lastDay) };

  const field = (note) => {
    const node = element('input', { type: 'date', min: M4.firstDay, max: M4.lastDay, required: true });
    node.setAttribute('aria-label', M4.text('date.field'));
    // Browsers order the numbers of a date by their own locale: until the field is used, the month is a word.
    const shown = element('bdi', { class: 'in-words', dir: 'auto', 'aria-hidden': 'true' });
    node.setAttribute('aria-describedby', note.id);
    const complain = (is) => {
      node.setAttribute('aria-invalid', String(is));
      if (is) note.textContent = M4.text('date.outside', limits);
    };
    // While a year is typed, the field contains 0002, 0020 and 0202; it is reset only when it loses the focus.
    node.addEventListener('change', () => {
      const isGood = node.value !== '' && isOffered(node.value);
      complain(!isGood);
      if (isGood) M4.setState({ day: node.value });
    });
    // The message stays until another day is set, and explains why the field was reset.
    node.addEventListener('blur', () => {
      complain(false);
      node.value = M4.state.day;
    });
    M4.follow(['day'], ({ day }) => {
      complain(false);
      note.textContent = '';
      if (node.value !== day) node.value = day;
      shown.textContent = M4.dates.short(day);
    });
    return element('div', { class: 'date-field' }, node, shown);
  };

  const stepper = (className, label, d, days) => {
    const node = button(className, M4.text(label), d, () => M4.setState({ day: daysLater(M4.state.day, days) }));
    const end = days < 0 ? M4.firstDay : M4.lastDay;
    // Not `disabled`: the button would lose the keyboard focus at the last day.
    M4.follow(['day'], ({ day }) => node.setAttribute('aria-disabled', String(day === end)));
    return node;
  };

  M4.showDateControl = () => {
    const note = element('p', { id: 'date-note', role: 'status' });
    const dock = document.getElementById('dock');
    dock.setAttribute('aria-label', M4.text('date.label'));
    const controls = element(
      'div',
      { class: 'date-control' },
      element(
        'div',
        { class: 'steps' },
        stepper('step', 'date.previous', ICONS.back, -1),
        player(),
        stepper('step', 'date.next', ICONS.forward, 1),
      ),
      field(note),
      element('div', { class: 'slide' }, slider(), years()),
    );
    dock.append(controls, note);
    // Reports that a link contains a day that the map does not cover.
    M4.tellDayOutside = () => {
      M4.openDock?.();
      note.textContent = M4.text('date.link_outside', { ...limits, day: M4.dates.label(M4.state.day) });
    };
  };
}
