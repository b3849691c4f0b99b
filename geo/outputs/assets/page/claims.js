// ---- claims
// The timeline as a list: every event and claim with its claimant, and contradictory claims side by side.

{
  const element = M4.element;
  const DAYS_APART = 14;
  const ADVANCE = 'offensive';
  const COUNTED = ['strike', 'humanitarian'];

  M4.claimTitle = (claim) => {
    const own = claim[`title_${M4.language}`];
    return own ? M4.ownText(own) : M4.fact(claim.title_en);
  };
  const dayOf = ({ date }) => Date.parse(`${date}-01-01`.slice(0, 10)) / 86_400_000;
  const isDoubted = ({ grade }) => grade[1] === '4';

  const inOrder = (claims) =>
    claims.toSorted((one, other) => {
      const [first, second] = [one, other].map(({ date, time = '' }) => `${date} ${time}`);
      return first < second ? -1 : Number(first > second);
    });

  // Runs of claims of one kind, each within a number of days after the previous one.
  const runs = (claims) =>
    claims.reduce((found, claim) => {
      const last = found.at(-1);
      if (last && dayOf(claim) - dayOf(last.at(-1)) <= DAYS_APART) last.push(claim);
      else found.push([claim]);
      return found;
    }, []);

  const differ = (claims) => new Set(claims.map(({ figure }) => figure)).size > 1 && claims.some(isDoubted);

  // "refugees and migrants" is grouped with "refugees", "soldiers killed, dozens wounded" with "soldiers killed".
  const counts = (unit, claim) => claim.unit === unit || [' ', ','].some((end) => claim.unit.startsWith(unit + end));

  // The rule does not depend on who claims; the text claims.rule explains it to the reader.
  const disputesIn = (claims) => {
    const counted = claims.filter(({ category, unit }) => COUNTED.includes(category) && unit);
    const kinds = new Map(counted.map(({ category, unit }) => [`${category} ${unit}`, { category, unit }]));
    return [...kinds.values()].flatMap(({ category, unit }) => {
      const ofCategory = counted.filter((claim) => claim.category === category);
      return runs(ofCategory.filter((claim) => counts(unit, claim)))
        .filter((run) => differ(run.filter((claim) => claim.unit === unit)))
        .map((run) => ({ unit, claims: run }));
    });
  };

  // Every claim appears once: alone, or with contradictory claims at the position of the first of them.
  M4.arrangedClaims = (claims) => {
    const ordered = inOrder(claims);
    const placed = new Set();
    const disputes = new Map();
    for (const dispute of disputesIn(ordered)) {
      const free = dispute.claims.filter((claim) => !placed.has(claim));
      if (!differ(free)) continue;
      disputes.set(free[0], { ...dispute, claims: free });
      for (const claim of free) placed.add(claim);
    }
    return ordered.flatMap((claim) => disputes.get(claim) ?? (placed.has(claim) ? [] : { claims: [claim] }));
  };

  // Shows the map on the day of the claim, and its place if the map has it.
  const onMap = (claim) => {
    const place = M4.features.placeOf(claim.place);
    const isShown = place && M4.features.isOnGround(place);
    const name = isShown ? ['\u00a0', M4.ownText(M4.features.nameOf(place))] : [];
    const button = element('button', { type: 'button' }, M4.text(isShown ? 'claims.on_map' : 'claims.on_day'), ...name);
    button.addEventListener('click', () => {
      M4.closeDialogue();
      if (M4.dates.isOffered(claim.since)) M4.setState({ day: claim.since });
      if (isShown) M4.choose(place);
    });
    return element('p', {}, button);
  };

  const when = ({ date, time, category }) => {
    const stamp = element('time', { datetime: date }, [M4.dates.label(date), time].filter(Boolean).join(', '));
    return element('p', { class: 'kicker' }, stamp, ' · ', M4.text(`value.category.${category}`, {}, category));
  };

  const figureOf = ({ figure, unit }) =>
    figure ? element('p', {}, element('strong', {}, M4.figure(figure)), ' ', M4.fact(unit)) : null;

  const terms = (rows) =>
    element('dl', {}, ...rows.filter(([, text]) => text).flatMap(([key, text]) => [
      element('dt', {}, M4.text(key)),
      element('dd', {}, typeof text === 'string' ? M4.fact(text) : text),
    ]));

  const basis = (claim) => {
    const list = M4.sourceList(claim);
    const n = M4.count(claim.sources?.length ?? 0);
    return list && element('details', {}, element('summary', {}, M4.text('claims.sources', { n })), list);
  };

  const card = (claim, level, { id = null, isOfDay = false }) =>
    element(
      'article',
      { class: isOfDay ? 'claim of-day' : 'claim', id },
      when(claim),
      element(level, {}, M4.claimTitle(claim)),
      figureOf(claim),
      terms([
        ['claims.claimed_by', claim.claimed_by],
        ['claims.conflict', claim.conflict],
        ['claims.grade', claim.grade && element('span', {}, M4.gradeInWords(claim.grade))],
        ['claims.note', claim.note],
      ]),
      onMap(claim),
      basis(claim),
    );

  const claimsAt = ({ layer, properties: { id } }) =>
    ['places', 'claims'].includes(layer.name) ? inOrder(M4.timeline.filter(({ place }) => place === id)) : [];

  // What was last reported from a feature's place up to the day: an advance, or the only claim of its date; else null.
  M4.latestClaim = (feature, day) => {
    const past = claimsAt(feature).filter(({ since }) => since <= day);
    const latest = past.filter(({ date }) => date === past.at(-1).date);
    return latest.find(({ category }) => category === ADVANCE) ?? (latest.length === 1 ? latest[0] : null);
  };

  // The events and claims at a feature's place: up to the day, and separately those after it.
  M4.claimsSection = (feature, day) => {
    const told = claimsAt(feature);
    if (!told.length) return null;
    const [past, later] = [true, false].map((is) => told.filter(({ since }) => since <= day === is));
    const cards = (claims) => claims.map((claim) => card(claim, 'h4', { isOfDay: claim.date === day }));
    return element(
      'section',
      { class: 'told' },
      element('h3', {}, M4.text('claims.here', { n: M4.count(past.length) })),
      ...cards(past),
      later.length
        ? element('details', {}, element('summary', {}, M4.text('claims.later', { n: M4.count(later.length) })), ...cards(later))
        : null,
    );
  };

  const entry = ({ unit, claims }) => {
    const idOf = ({ id }) => ({ id: `claim-${id}` });
    if (claims.length === 1) return element('li', {}, card(claims[0], 'h3', idOf(claims[0])));
    const heading = element('h3', {}, M4.text('claims.differ'), ': ', M4.fact(unit));
    const cards = claims.map((claim) => card(claim, 'h4', idOf(claim)));
    return element('li', { class: 'dispute' }, heading, element('div', { class: 'side-by-side' }, ...cards));
  };

  const build = () => {
    const categories = [...new Set(M4.timeline.map(({ category }) => category))];
    const choice = element(
      'select',
      { id: 'claims-category' },
      element('option', { value: '' }, M4.text('claims.all')),
      ...categories.map((category) => element('option', { value: category }, M4.text(`value.category.${category}`, {}, category))),
    );
    const status = element('p', { role: 'status' });
    const list = element('ol', { class: 'timeline' });
    const show = () => {
      const claims = M4.timeline.filter(({ category }) => !choice.value || category === choice.value);
      list.replaceChildren(...M4.arrangedClaims(claims).map(entry));
      status.textContent = M4.text('claims.count', { n: M4.count(claims.length), all: M4.count(M4.timeline.length) });
    };
    choice.addEventListener('change', show);
    show();
    const label = element('label', { for: choice.id }, M4.text('claims.category'));
    const field = element('div', { class: 'field' }, label, choice);
    const rule = element('p', {}, M4.text('claims.rule', { days: M4.count(DAYS_APART) }));
    return element('div', { class: 'claims' }, rule, element('div', { class: 'claims-tools' }, field), status, list);
  };

  M4.showClaims = () =>
    M4.timeline.length && M4.addTool('claims.title', () => M4.openDialogue(M4.text('claims.title'), build()));
}
