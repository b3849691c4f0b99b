// Runs in every page before its own scripts: notes when the first layer is seen, and every task of more than 50 ms.

{
  const DRAWN = '.leaflet-pane :is(path, .leaflet-marker-icon, canvas)';
  const probe = { drawnAt: null, days: 0, tasks: [] };

  const isInView = (node) => {
    const { left, right, top, bottom } = node.getBoundingClientRect();
    return left < right && top < bottom && right > 0 && bottom > 0 && left < innerWidth && top < innerHeight;
  };

  // What the first frame was asked to draw has been painted by the time the second one begins.
  const afterPaint = (act) => requestAnimationFrame(() => requestAnimationFrame(act));

  // A path may stand in the document before the map has a view to draw it in.
  const noteWhenSeen = () =>
    afterPaint(() => {
      if ([...document.querySelectorAll(DRAWN)].some(isInView)) probe.drawnAt = performance.now();
      else noteWhenSeen();
    });

  const insertions = new MutationObserver(() => {
    if (!document.querySelector(DRAWN)) return;
    insertions.disconnect();
    noteWhenSeen();
  });
  insertions.observe(document, { childList: true, subtree: true });

  const noteTasks = (list) => {
    for (const { startTime, duration } of list.getEntries()) probe.tasks.push({ startTime, duration });
  };
  new PerformanceObserver(noteTasks).observe({ type: 'longtask', buffered: true });

  const slider = () => document.querySelector('#dock input[type=range]');

  const slideTo = (value) => {
    slider().value = value;
    slider().dispatchEvent(new Event('input', { bubbles: true }));
  };

  // Counts the days that the page says it shows: a run that did not move would have no long task either.
  probe.countDays = () =>
    new MutationObserver(() => {
      probe.days += 1;
    }).observe(document.getElementById('as-of'), { childList: true });

  probe.toFirstDay = () => slideTo(slider().min);

  probe.isLastDay = () => slider().value === slider().max;

  // As a hand that drags: another day in every frame, forth and back.
  probe.drag = (days) => {
    const last = Number(slider().max);
    const forth = Array.from({ length: Math.floor(last / days) + 1 }, (_, index) => index * days);
    const values = [...forth, last, ...forth.reverse()];
    return new Promise((resolve) => {
      const next = () => {
        if (!values.length) return resolve();
        slideTo(values.shift());
        return requestAnimationFrame(next);
      };
      next();
    });
  };

  window.pageProbe = probe;
}
