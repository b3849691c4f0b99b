// ---- chapters
// The story in steps: each sets the day and the view, and says in one sentence what happened, with its sources.

{
  const element = M4.element;
  const ARROWS = { ArrowLeft: -1, ArrowRight: 1 };
  const chapters = M4.chapters;

  const before = (day) => chapters.filter((chapter) => chapter.day < day).pop();
  const after = (day) => chapters.find((chapter) => chapter.day > day);

  const story = ({ sentence, sources }) => {
    const title = element('summary', {}, M4.text('chapters.sources', { n: M4.count(sources.length) }));
    return [element('p', {}, M4.fact(sentence)), element('details', {}, title, M4.sourceList({ sources }))];
  };

  M4.showChapters = (map) => {
    if (!chapters.length) return;
    let chosen = null;
    const text = element('div', { id: 'chapter', role: 'status', hidden: true });

    const show = ({ day }) => {
      const isTold = chosen !== null && chosen.day === day;
      text.hidden = !isTold;
      if (!isTold) chosen = null;
      numbers.forEach((button, at) => button.setAttribute('aria-current', chapters[at] === chosen ? 'step' : 'false'));
    };
    const choose = (chapter) => {
      if (!chapter) return;
      chosen = chapter;
      text.replaceChildren(...story(chapter));
      M4.setState({ day: chapter.day, selected: null });
      map.invalidateSize(); // the sentence takes its room from the map
      M4.showBox(map, chapter.view);
    };

    const step = (className, label, find) => {
      const button = element('button', { type: 'button', class: className, 'aria-label': M4.text(label), title: M4.text(label) });
      button.append(M4.svg('svg', { viewBox: '-10 -10 20 20', width: 16, height: 16, 'aria-hidden': 'true' }, M4.svg('path', { d: 'M-3 -6L3 0L-3 6' })));
      button.addEventListener('click', () => choose(find(M4.state.day)));
      // Not `disabled`: the button would lose the keyboard focus at the last chapter.
      M4.follow(['day'], ({ day }) => button.setAttribute('aria-disabled', String(!find(day))));
      return button;
    };
    const numbers = chapters.map((chapter, at) => {
      const label = M4.text('chapters.one', { n: M4.count(at + 1), day: M4.dates.label(chapter.day) });
      const button = element('button', { type: 'button', class: 'number', 'aria-label': label, title: label }, M4.count(at + 1));
      button.addEventListener('click', () => choose(chapter));
      return button;
    });
    const place = element('span', { class: 'place', 'aria-hidden': 'true' });
    M4.follow(['day'], ({ day }) => {
      const [n, all] = [chapters.filter((chapter) => chapter.day <= day).length, chapters.length].map(M4.count);
      place.textContent = M4.text('chapters.place', { n, all });
    });
    const row = element(
      'div',
      { id: 'chapters', role: 'group', 'aria-label': M4.text('chapters.label') },
      step('back', 'chapters.previous', before),
      ...numbers,
      place,
      step('forward', 'chapters.next', after),
    );
    row.addEventListener('keydown', (event) => {
      const by = (ARROWS[event.key] ?? 0) * (M4.isRightToLeft ? -1 : 1);
      if (!by) return;
      event.preventDefault();
      choose((by < 0 ? before : after)(M4.state.day));
    });
    M4.follow(['day'], show);
    const dock = document.getElementById('dock');
    (dock.querySelector('.date-control') ?? dock).append(row);
    dock.prepend(text);
  };
}
