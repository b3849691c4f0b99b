// The address as a link to the current state: day, view, layers, language, selected feature. It contains only what
// differs from the initial state. Choices become steps in the browser's history; moves of the map do not.

{
  const SETTLED = 400; // milliseconds without a move after which the view is written
  const ONE_CHOICE = 2500; // days set in quicker succession, by the slider or by playing, are one step in the history
  const DECIMALS = 4;

  let map = null;
  let opening = null;
  let written = null;
  let applying = false;
  let timer = null;
  let dayTime = -Infinity;
  const others = { lang: null, embed: null, compare: null }; // what other parts of the page keep in the address

  const viewText = () => {
    const { lat, lng } = map.getCenter();
    return [Number(map.getZoom().toFixed(2)), lat.toFixed(DECIMALS), lng.toFixed(DECIMALS)].join('/');
  };

  const shownLayers = () =>
    M4.catalogue.map(({ name }) => name).filter((name) => map.hasLayer(M4.drawings.get(name)));

  const featureText = ({ selected }) =>
    selected && `${selected.layer.name}/${encodeURIComponent(selected.properties.id)}`;

  const now = () => ({
    day: M4.state.day,
    map: viewText(),
    layers: shownLayers().join(','),
    lang: others.lang,
    embed: others.embed,
    compare: others.compare,
    feature: featureText(M4.state),
  });

  const hashOf = (state) => {
    const named = Object.entries(state).filter(([key, text]) => text !== null && text !== opening[key]);
    return named.map(([key, text]) => `${key}=${text}`).join('&');
  };

  const write = (method) => {
    if (!map || applying) return;
    window.clearTimeout(timer);
    const hash = hashOf(now());
    if (hash === written) return;
    written = hash;
    try {
      window.history[method](null, '', hash ? `#${hash}` : window.location.pathname + window.location.search);
    } catch {
      // A browser that refuses, or limits the rate, keeps the old address; the page works without it.
    }
  };

  const writeSoon = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => write('replaceState'), SETTLED);
  };

  const writeDay = () => {
    const time = performance.now();
    if (time - dayTime > ONE_CHOICE) write('pushState');
    else writeSoon();
    dayTime = time;
  };

  const featureOf = (asked) => {
    const layer = asked && M4.catalogue.find(({ name }) => name === asked.layer);
    return layer?.features.find(({ properties }) => properties.id === asked.id) ?? null;
  };

  const showLayers = (asked) => {
    const known = asked?.filter((name) => M4.drawings.has(name));
    const wanted = known && (known.length || !asked.length) ? known : opening.layers.split(',');
    // The ground has one switch: links from before it name only the part that there was.
    const hasGround = M4.ground.some(({ name }) => wanted.includes(name));
    for (const layer of M4.catalogue) {
      const drawing = M4.drawings.get(layer.name);
      const isWanted = layer.isGround ? hasGround : wanted.includes(layer.name);
      if (!drawing || isWanted === map.hasLayer(drawing)) continue;
      if (isWanted) map.addLayer(drawing);
      else map.removeLayer(drawing);
    }
  };

  const showView = (asked) => {
    const [zoom, lat, lon] = asked ? [asked.zoom, asked.lat, asked.lon] : opening.map.split('/').map(Number);
    const within = zoom >= map.getMinZoom() && zoom <= map.getMaxZoom();
    if (asked && !(within && map.options.maxBounds?.contains([lat, lon]))) return;
    map.setView([lat, lon], zoom, { animate: false, reset: true }); // a pan would round to pixels
  };

  // The view comes last: selecting may have moved it.
  const show = ({ day, layers, feature, map: view, compare }) => {
    applying = true;
    const isRefused = Boolean(day) && !M4.dates.isOffered(day);
    try {
      const change = { day: isRefused ? opening.day : (day ?? opening.day), selected: featureOf(feature) };
      for (const key of Object.keys(change)) if (change[key] === M4.state[key]) delete change[key];
      if (Object.keys(change).length) M4.setState(change);
      showLayers(layers);
      if (view || !feature) showView(view);
      M4.compareWith?.(M4.dates.isOffered(compare) ? compare : null);
    } finally {
      applying = false;
    }
    if (isRefused) {
      M4.tellDayOutside?.();
      written = null; // the address names a day that is not shown
      write('replaceState');
    } else written = hashOf(now());
  };

  const isAsking = ({ day, layers, feature, map: view, compare }) => Boolean(day || layers || feature || view || compare);

  // Back, forward, or a new address. Another language reloads the page.
  const followAddress = () => {
    const asked = M4.readAddress();
    if (asked.lang !== M4.link.lang) window.location.reload();
    else show(asked);
  };

  // Writes a setting of a part of the page into the address: M4.setLink({ lang: 'ar' }).
  M4.setLink = (change) => {
    for (const [key, text] of Object.entries(change)) {
      if (Object.hasOwn(others, key)) others[key] = text;
    }
    write('pushState');
  };

  // The address of what is shown, on a page of its own or as a part of another one.
  M4.addressFor = ({ isEmbedded }) => {
    const address = new URL(window.location.href);
    address.searchParams.delete('embed');
    if (isEmbedded) address.searchParams.set('embed', '1');
    // A later edition may open on another day.
    const day = `day=${M4.state.day}`;
    const rest = hashOf({ ...now(), day: null, embed: null });
    address.hash = rest ? `${day}&${rest}` : day;
    return address.href;
  };

  M4.keepLink = (reference) => {
    const resized = () => {
      if (!/(^|&)map=/.test(written)) opening.map = viewText();
    };
    map = reference;
    others.lang = M4.link.lang === M4.language ? M4.link.lang : null;
    others.embed = M4.link.embed;
    opening = { ...now(), lang: null, embed: null, compare: null, feature: null };
    if (isAsking(M4.link)) show(M4.link);
    else written = hashOf(now()); // the initial state is already drawn, and drawing it again takes time
    M4.follow(['selected'], () => write('pushState'));
    M4.follow(['day'], () => writeDay());
    dayTime = -Infinity; // opening the page was not a choice
    map.on('layeradd layerremove', ({ layer }) => [...M4.drawings.values()].includes(layer) && write('pushState'));
    map.on('moveend', () => !applying && !M4.printing && writeSoon());
    map.on('resize', resized);
    window.addEventListener('popstate', followAddress);
  };
}
