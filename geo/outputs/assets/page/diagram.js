// The diagram of the patrols: one bar for each, by day (x) and kilometre of the road (y).

{
  const { element, svg } = M4;
  const LAYER = 'patrol_segments';
  const [FIRST, LAST] = ['2020-03-15', '2020-08-25'];
  const DAY_MS = 86_400_000;
  const MARGIN_DAYS = 4; // margin beside the first and the last bar
  const PX_PER_KM = 3;
  const [TOP, BOTTOM] = [64, 24]; // rows of the dates and incidents, and of the months
  const NAME_PX = 12; // names of places closer than this would overlap
  const NUMBER_PX = 26; // room of a kilometre beside a name
  const BAR = 6;
  const REACH = 8; // width of a bar for the pointer: patrols are at least two days apart

  const time = (day) => Date.parse(`${day}T00:00:00Z`);
  const START = time(FIRST) - MARGIN_DAYS * DAY_MS;
  const SPAN = time(LAST) + MARGIN_DAYS * DAY_MS - START;
  const across = (day) => `${((100 * (time(day) - START)) / SPAN).toFixed(3)}%`;
  const down = (km) => Math.round(TOP + km * PX_PER_KM);

  const hasBar = ({ properties: { date, from_km: from, to_km: to } }) =>
    date?.length === FIRST.length && from !== undefined && to !== undefined;

  const outcomeOf = ({ layer, properties: { outcome } }) => layer.symbols.get(outcome)?.label ?? '';

  // ---- The y axis: the two ends of the stretch, then the places that most patrols reached, if there is room.

  const placesOf = (features) => {
    const places = new Map();
    const add = (id, km) => places.set(id, { id, km, times: (places.get(id)?.times ?? 0) + 1 });
    for (const { properties } of features) {
      add(properties.from_place, properties.from_km);
      add(properties.to_place, properties.to_km);
    }
    return [...places.values()].filter(({ id }) => id);
  };

  const withRoom = (places, furthest) => {
    const always = Number.MAX_SAFE_INTEGER;
    const rank = ({ km, times }) => (km === 0 || km === furthest ? always : times);
    const named = [];
    for (const place of [...places].sort((one, other) => rank(other) - rank(one))) {
      if (named.every(({ km }) => Math.abs(down(km) - down(place.km)) >= NAME_PX)) named.push(place);
    }
    return named;
  };

  const kilometres = new Intl.NumberFormat(M4.locale, { maximumFractionDigits: 0 });
  const lengths = new Intl.NumberFormat(M4.locale, { maximumFractionDigits: 1 });

  const axis = (named, height) => {
    // Separate text elements: a number after an Arabic name would appear on its other side.
    const names = named.flatMap(({ id, km }) => [
      svg('text', { x: '100%', dx: -NUMBER_PX, y: down(km), dy: '0.34em' }, M4.features.placeName(id)),
      svg('text', { class: 'km', x: '100%', dx: -8, y: down(km), dy: '0.34em' }, kilometres.format(km)),
    ]);
    const unit = svg('text', { class: 'km', x: '100%', dx: -8, y: 10 }, M4.text('diagram.km'));
    return svg('svg', { class: 'axis', height, 'aria-hidden': 'true' }, unit, ...names);
  };

  const months = () => {
    const name = new Intl.DateTimeFormat(M4.locale, { month: 'short', year: 'numeric', timeZone: 'UTC' });
    const found = [];
    for (let at = new Date(time(`${FIRST.slice(0, 7)}-01`)); at < START + SPAN; at.setUTCMonth(at.getUTCMonth() + 1)) {
      if (at >= START) found.push({ day: at.toISOString().slice(0, 10), name: name.format(at) });
    }
    return found;
  };

  const grid = (named, bottom) => [
    ...named.map(({ km }) => svg('line', { class: 'rule', x1: '0%', x2: '100%', y1: down(km), y2: down(km) })),
    ...months().flatMap(({ day, name }) => [
      svg('line', { class: 'rule', x1: across(day), x2: across(day), y1: TOP, y2: bottom + 6 }),
      svg('text', { class: 'month', x: across(day), dx: 4, y: bottom + 18 }, name),
    ]),
  ];

  // ---- The bars. Hatching distinguishes the outcomes without colour.

  const hatch = (outcome, d) =>
    svg(
      'pattern',
      { id: `diagram-${outcome}`, width: 5, height: 5, patternUnits: 'userSpaceOnUse', class: outcome },
      svg('rect', { class: 'back', width: 5, height: 5 }),
      svg('path', { class: 'hatch', d }),
    );

  const hatches = () =>
    svg(
      'defs',
      {},
      hatch('shortened', 'M-1 1L1 -1M0 5L5 0M4 6L6 4'),
      hatch('attacked', 'M-1 1L1 -1M0 5L5 0M4 6L6 4M-1 4L1 6M0 0L5 5M4 -1L6 1'),
      hatch('disputed', 'M1.2 1.2h0M3.8 3.8h0'),
    );

  const FILLED = ['shortened', 'attacked', 'disputed'];
  const box = (outcome, size) =>
    svg('rect', { class: `box ${outcome}`, ...size, fill: FILLED.includes(outcome) ? `url(#diagram-${outcome})` : null });

  // The colours of the outcomes are those of the patrols on the map.
  const followColours = (diagram, { symbols }) => {
    const show = () => {
      for (const [outcome, { stroke }] of symbols) diagram.style.setProperty(`--${outcome}`, M4.symbols.tone(stroke));
    };
    M4.symbols.darkScheme.addEventListener('change', show);
    show();
  };

  const dayAndMonth = new Intl.DateTimeFormat(M4.locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const dateAbove = (day) =>
    svg('text', { class: 'date', transform: `translate(0 ${TOP - 18}) rotate(-90)`, dy: '0.34em' }, dayAndMonth.format(time(day)));

  const INCIDENT = 'M0 -5L5 4H-5Z';
  const incidentMark = (y) => svg('path', { class: 'incident', d: INCIDENT, transform: `translate(0 ${y})` });

  const describe = (feature) => {
    const { properties } = feature;
    const bar = M4.text('diagram.bar', {
      name: M4.features.nameOf(feature),
      day: M4.dates.label(properties.date),
      from: M4.features.placeName(properties.from_place),
      to: M4.features.placeName(properties.to_place),
      outcome: outcomeOf(feature),
    });
    const length = properties.reported_length_km;
    const words = length ? M4.text('diagram.with_length', { words: bar, km: lengths.format(length) }) : bar;
    return properties.incident ? M4.text('diagram.with_incident', { words }) : words;
  };

  const pick = (feature) => {
    const day = feature.periods[0]?.from;
    M4.setState(day ? { selected: feature, day } : { selected: feature });
  };

  const barOf = (feature, bottom) => {
    const { date, from_km: from, to_km: to, outcome, incident } = feature.properties;
    const [y, height] = [down(Math.min(from, to)), Math.max(2, Math.abs(down(to) - down(from)))];
    const label = describe(feature);
    const node = svg(
      'g',
      { class: 'bar', role: 'button', tabindex: -1, 'aria-label': label, 'aria-pressed': 'false' },
      svg('title', {}, label),
      svg('rect', { class: 'reach', x: -REACH / 2, y: 0, width: REACH, height: bottom }),
      dateAbove(date),
      box(outcome, { x: -BAR / 2, y, width: BAR, height }),
      incident ? incidentMark(TOP - 10) : null,
    );
    node.addEventListener('click', () => pick(feature));
    return { feature, node, held: svg('svg', { x: across(date), overflow: 'visible' }, node) };
  };

  // One tab stop; the arrow keys move from patrol to patrol.
  const withKeys = (bars) => {
    const focus = (index) => {
      const to = bars[index];
      if (!to) return;
      for (const { node } of bars) node.setAttribute('tabindex', node === to.node ? 0 : -1);
      to.node.focus();
    };
    bars[0]?.node.setAttribute('tabindex', 0);
    bars.forEach(({ feature, node }, index) => {
      const keys = {
        ArrowLeft: () => focus(index - 1),
        ArrowRight: () => focus(index + 1),
        Home: () => focus(0),
        End: () => focus(bars.length - 1),
        Enter: () => pick(feature),
        ' ': () => pick(feature),
      };
      node.addEventListener('keydown', (event) => {
        if (!keys[event.key]) return;
        event.preventDefault();
        keys[event.key]();
      });
    });
  };

  const plot = (bars, named, bottom) => {
    const line = svg('line', { class: 'day', y1: TOP - 16, y2: bottom + 6 }); // below the dates
    M4.follow(['day'], ({ day }) => {
      const isInside = time(day) >= START && time(day) <= START + SPAN;
      line.classList.toggle('outside', !isInside);
      for (const end of ['x1', 'x2']) line.setAttribute(end, isInside ? across(day) : '0%');
    });
    M4.follow(['day', 'selected'], ({ day, selected }) => {
      for (const { feature, node } of bars) {
        node.setAttribute('aria-pressed', String(feature === selected));
        node.classList.toggle('today', M4.features.isOfDay(feature, day));
      }
    });
    return svg(
      'svg',
      { class: 'plot', height: bottom + BOTTOM, role: 'group', 'aria-label': M4.text('diagram.label') },
      hatches(),
      ...grid(named, bottom),
      line,
      ...bars.map(({ held }) => held),
    );
  };

  // ---- Around the plot.

  const legendItem = (picture, label) =>
    element('li', {}, svg('svg', { width: 14, height: 14, viewBox: '-7 -7 14 14', 'aria-hidden': 'true' }, picture), label);

  const legend = (layer) =>
    element(
      'ul',
      { class: 'legend-row' },
      ...[...layer.symbols].map(([outcome, symbol]) =>
        legendItem(box(outcome, { x: -BAR / 2, y: -7, width: BAR, height: 14 }), symbol.label),
      ),
      legendItem(incidentMark(0), M4.text('diagram.incident')),
    );

  const listed = (feature) => {
    const name = M4.ownText(M4.features.nameOf(feature));
    const reason = feature.geometry ? null : M4.features.whyUndrawn(feature);
    const remarks = [M4.features.whenOf(feature), reason].filter(Boolean);
    const button = element(
      'button',
      { type: 'button' },
      name,
      ...remarks.map((remark) => element('small', { dir: 'auto' }, remark)),
    );
    button.addEventListener('click', () => pick(feature));
    return element('li', {}, button);
  };

  const withoutBar = (features) =>
    features.length
      ? [
          element('h3', {}, M4.text('diagram.without_bar')),
          element('ul', { class: 'without-bar' }, ...features.map(listed)),
        ]
      : [];

  const draw = (layer) => {
    const placed = layer.features.filter(hasBar);
    placed.sort((one, other) => (one.properties.date < other.properties.date ? -1 : 1));
    const furthest = Math.max(0, ...placed.flatMap(({ properties }) => [properties.from_km, properties.to_km]));
    const bottom = down(furthest);
    const named = withRoom(placesOf(placed), furthest);
    const bars = placed.map((feature) => barOf(feature, bottom));
    withKeys(bars);
    return [
      element('h2', {}, M4.text('diagram.title')),
      legend(layer),
      // Time runs from left to right in every language, because the names of places are on the left.
      element('div', { class: 'scroll', dir: 'ltr' }, axis(named, bottom + BOTTOM), plot(bars, named, bottom)),
      ...withoutBar(layer.features.filter((feature) => !hasBar(feature))),
    ];
  };

  // As wide as its longest text.
  const fitAxis = (diagram) => {
    const node = diagram.querySelector('.axis');
    const ends = [...node.querySelectorAll('text')].map((text) => text.getComputedTextLength() - Number(text.getAttribute('dx')));
    node.style.width = `${Math.ceil(Math.max(...ends))}px`;
  };

  // On a narrow screen only some of the days are in view.
  const showDay = (diagram, day) => {
    const [scroll, plot] = ['.scroll', '.plot'].map((one) => diagram.querySelector(one));
    const room = scroll.clientWidth - diagram.querySelector('.axis').clientWidth;
    scroll.scrollLeft = (plot.clientWidth * (time(day) - START)) / SPAN - room / 2;
  };

  // The diagram above the date control, and the button that opens it.
  M4.showDiagram = () => {
    const layer = M4.catalogue.find(({ name }) => name === LAYER);
    if (!layer) return;
    const diagram = element('section', { id: 'diagram', hidden: true });
    diagram.setAttribute('aria-label', M4.text('diagram.title'));
    followColours(diagram, layer);
    const toggle = element('button', { type: 'button', class: 'tool', 'aria-controls': 'diagram', 'aria-expanded': 'false' });
    toggle.textContent = M4.text('diagram.open');
    toggle.addEventListener('click', () => {
      if (!diagram.hasChildNodes()) diagram.append(...draw(layer));
      diagram.hidden = !diagram.hidden;
      if (!diagram.hidden) {
        fitAxis(diagram);
        showDay(diagram, M4.state.day);
      }
      toggle.setAttribute('aria-expanded', String(!diagram.hidden));
      toggle.textContent = M4.text(diagram.hidden ? 'diagram.open' : 'diagram.close');
    });
    M4.follow(['day'], ({ day }) => !diagram.hidden && showDay(diagram, day));
    const dock = document.getElementById('dock');
    dock.prepend(diagram);
    (dock.querySelector('.date-control') ?? dock).append(toggle);
  };
}
