// The data that the build wrote into the page, and the functions that show them: as text, never as HTML.

{
  const SVG = 'http://www.w3.org/2000/svg';
  const data = JSON.parse(document.getElementById('data').textContent);

  Object.assign(L.Icon.Default.prototype.options, data.icons); // only if something was added with folium
  L.Icon.Default.imagePath = '';

  // Maps instead of plain objects, because a key such as "constructor" must not find anything.
  const mapOf = (object) => new Map(Object.entries(object));
  const byLanguage = (object) => new Map(Object.entries(object).map(([language, texts]) => [language, mapOf(texts)]));
  M4.texts = byLanguage(data.texts);
  M4.translations = byLanguage(data.translations); // of texts of the layers, by the English text
  M4.numbers = byLanguage(data.numbers); // of columns that hold a number as text, such as the figure of a claim

  // The build writes lines as steps from position to position, in hundred-thousandths of a degree.
  const STEPS_PER_DEGREE = 100000;
  const positionsOf = (steps) => {
    if (Array.isArray(steps[0])) return steps.map(positionsOf);
    let [lon, lat] = [0, 0];
    const positions = [];
    for (let at = 0; at < steps.length; at += 2) {
      [lon, lat] = [lon + steps[at], lat + steps[at + 1]];
      positions.push([lon / STEPS_PER_DEGREE, lat / STEPS_PER_DEGREE]);
    }
    return positions;
  };
  const geometryOf = (geometry) =>
    geometry?.steps ? { type: geometry.type, coordinates: positionsOf(geometry.steps) } : geometry;

  // The build leaves out what is the same for most features: one class, on every day.
  const periodOf = ([from = null, to = null, status = null, number = null]) => ({ from, to, status, number });
  const featureOf = ({ class: className = '', periods = [[]], event_days: eventDays = [], geometry, drawn, ...feature }) => ({
    ...feature,
    geometry: geometryOf(geometry),
    drawn: geometryOf(drawn),
    className,
    periods: periods.map(periodOf),
    eventDays,
  });

  const layerOf = ({ name, title, by, shown, from_zoom, is_ground, snapshot, symbols, titles, features, ...rest }) => {
    const layer = { name, title, by, shown, fromZoom: from_zoom, isGround: is_ground, snapshot };
    layer.names = { byClass: mapOf(rest.names), byId: mapOf(rest.own_names), numbered: rest.numbered_name };
    layer.symbols = new Map(Object.entries(symbols));
    layer.titles = new Map(Object.entries(titles));
    layer.features = features.map((feature) => ({ layer, ...featureOf(feature) }));
    return layer;
  };

  M4.rightToLeft = data.right_to_left;
  M4.openingLanguage = data.language;
  M4.incidents = data.incidents; // only if the build has incidents
  M4.asOf = data.as_of;
  M4.firstDay = data.first_day;
  M4.lastDay = data.last_day;
  M4.daysOfChange = data.days_of_change;
  M4.focus = data.focus;
  M4.mainLayers = data.main_layers; // in the order of the legend
  M4.openingView = data.opening_view; // west, south, east, north; null if there is nothing to show
  M4.leads = mapOf(data.lead); // by language: the day from which it holds, and its sentences
  M4.darkColours = mapOf(data.dark_colours); // in the dark scheme, by the colour in the light one
  M4.mapName = data.map_name;
  M4.credits = data.credits;
  M4.agreement = data.agreement;
  M4.corrections = data.corrections;
  M4.corrected = data.corrected;
  M4.buildId = data.build_id;
  M4.staleAfterDays = data.stale_after_days;
  M4.figures = data.facts.figures;
  M4.postsInside = { how: data.facts.posts_inside_how, steps: data.facts.posts_inside };
  // Computed values of a feature, by its id.
  M4.computed = new Map(data.facts.posts.map(({ id, ...computed }) => [id, computed]));
  M4.postDates = mapOf(data.post_dates); // of a post, by its id: events with their dates
  M4.catalogue = data.layers.map(layerOf);
  M4.innerGround = data.inner_ground; // the ground that ends before the edge of the map; null if there is none
  M4.ground = M4.catalogue.filter(({ isGround }) => isGround);
  M4.timeline = data.timeline.map((event) => ({ since: event.date, ...event }));
  M4.chapters = data.chapters; // by day
  M4.sources = new Map(data.sources.map((source) => [source.id, source]));

  const create = (node, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== false) node.setAttribute(name, value === true ? '' : value);
    }
    node.append(...children.filter((child) => child !== null));
    return node;
  };

  // Calls a function once the first frame has been painted, and the second one is not delayed by it.
  M4.afterPaint = (act) =>
    window.requestAnimationFrame(() => window.requestAnimationFrame(() => window.setTimeout(act)));

  // Children are nodes or plain text.
  M4.element = (tag, attributes = {}, ...children) => create(document.createElement(tag), attributes, children);
  // A text or a link in its own direction, independent of the surrounding language.
  M4.ownText = (text) => M4.element('bdi', { dir: 'auto' }, text);
  M4.svg = (tag, attributes = {}, ...children) => create(document.createElementNS(SVG, tag), attributes, children);
}
