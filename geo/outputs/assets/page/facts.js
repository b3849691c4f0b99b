// ---- facts
// The computed figures, each with its method.

{
  const element = M4.element;
  const number = new Intl.NumberFormat(M4.locale, { maximumFractionDigits: 1 });

  const figure = (title, value, how) =>
    element(
      'details',
      {},
      element('summary', {}, element('span', {}, title), element('span', { class: 'value' }, value)),
      element('p', {}, how),
    );

  const single = (computed) => {
    const { title, value, unit, how } = M4.ownFigure(computed);
    return figure(title, `${number.format(value)} ${unit}`, how);
  };

  const postsInside = (day) => {
    const { steps } = M4.postsInside;
    const how = M4.text('how.posts_inside', {}, M4.postsInside.how);
    const step = steps.filter(({ from }) => from <= day).pop();
    const sides = Object.keys(steps[0] ?? {}).filter((name) => name !== 'from');
    if (!M4.features.isFocusThere(day)) return [];
    return sides.map((side) => figure(M4.text(`facts.posts_${side}`), number.format(step?.[side] ?? 0), how));
  };

  // A section whose figures follow the day.
  M4.factsSection = () => {
    const list = element('div', { class: 'figures' });
    const ofDay = (day) => M4.figures.filter(({ valid_from: from }) => !from || from <= day).map(single);
    M4.follow(['day'], ({ day }) => list.replaceChildren(...ofDay(day), ...postsInside(day)));
    return element('section', { class: 'facts' }, element('h2', {}, M4.text('facts.title')), list);
  };
}
