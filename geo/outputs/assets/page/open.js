// What every page has, independent of its parts: date, credits, map controls, and the initial view.

{
  const MARGIN = 12;
  const MIN_ZOOM = 7;
  const MOVED_PX = 3; // a change of size rounds the centre to pixels
  const SMALLEST_PX = 120; // a frame that is laid out later, such as a notebook cell, is smaller at first

  const addControls = (map) => {
    const container = map.getContainer();
    container.classList.add('map');
    container.dir = 'ltr'; // Leaflet counts its pixels from the left
    container.setAttribute('role', 'region');
    container.setAttribute('aria-label', M4.text('map.label'));
    map.attributionControl.setPrefix(false); // only the attribution of layers that were added with folium
    const side = M4.isRightToLeft ? 'right' : 'left'; // the details are on the other side
    L.control.zoom({ position: `top${side}`, zoomInTitle: M4.text('map.zoom_in'), zoomOutTitle: M4.text('map.zoom_out') }).addTo(map);
    M4.scale({ position: `bottom${side}`, maxWidth: 120 }).addTo(map);
  };

  // The view cannot leave the ground.
  const keepOnTheGround = (map) => {
    const ground = M4.features.groundBounds();
    if (!ground.isValid()) return;
    map.setMaxBounds(ground);
    const setMinZoom = () => {
      map.options.minZoom = MIN_ZOOM; // Leaflet does not look below the previous minimum zoom
      map.setMinZoom(Math.max(MIN_ZOOM, map.getBoundsZoom(ground, true)));
    };
    map.on('resize', setMinZoom);
    setMinZoom();
  };

  // Fits a box: west, south, east, north in degrees.
  M4.showBox = (map, [west, south, east, north]) =>
    map.fitBounds([[south, west], [north, east]], { padding: [MARGIN, MARGIN], animate: false });

  const showMain = (map) => {
    if (M4.openingView) M4.showBox(map, M4.openingView);
    else map.setView([0, 0], MIN_ZOOM);
  };

  // A frame without height still has a map of the least height of the page.
  const hasRoom = (map) =>
    Math.min(map.getSize().x, map.getSize().y, window.innerWidth, window.innerHeight) >= SMALLEST_PX;

  // Fits the view once the map has room; a view that was set with folium or by the link is kept.
  const openWithMain = (map) => {
    if (map._loaded) return;
    showMain(map);
    if (hasRoom(map) || M4.link.map) return;
    let fitted = null; // the view that was fitted; it is fitted anew when the panel opens, until the reader moves it
    const fit = () => {
      if (!hasRoom(map)) return;
      const away = fitted && map.project(map.getCenter(), fitted.zoom).distanceTo(map.project(fitted.centre, fitted.zoom));
      if (fitted && (map.getZoom() !== fitted.zoom || away > MOVED_PX)) return void map.off('resize', fit);
      showMain(map);
      fitted = { centre: map.getCenter(), zoom: map.getZoom() };
    };
    map.on('resize', fit);
  };

  // A remark about the whole map, such as that it is an illustration.
  const showRemark = () => {
    const remark = M4.text('page.remark', {}, '');
    if (remark) document.getElementById('as-of').after(M4.element('p', { id: 'remark' }, remark));
  };

  const showDay = () =>
    M4.follow(['day'], ({ day }) => {
      const asOf = M4.text('page.as_of', { day: M4.dates.label(day) });
      document.getElementById('as-of').replaceChildren(M4.element('time', { datetime: day }, asOf));
      document.title = `${M4.text('page.title')}, ${asOf}`;
    });

  // What no copy of the map may lack: that it is of the past, and of which build it is.
  M4.historyLine = () => {
    const ends = M4.text('page.ends', { day: M4.dates.label(M4.lastDay) });
    const build = M4.buildId && [` · ${M4.text('about.build')} `, M4.element('bdi', { class: 'build', dir: 'ltr' }, M4.buildId)];
    return [ends, ...(build || [])];
  };

  M4.creditsLine = () => M4.text('credits.all', { credits: M4.credits.map(M4.creditText).join(' · ') });

  const showCredits = () => {
    const line = M4.element('summary', { dir: 'auto' }, M4.creditsLine());
    const footer = document.getElementById('credits');
    footer.setAttribute('aria-label', M4.text('credits.label'));
    footer.append(M4.element('p', { class: 'history' }, ...M4.historyLine()), M4.element('details', {}, line));
  };

  // The first stop of the tab key. Not a link: the part of the address after # is the state of the map.
  const showSkip = (map) => {
    const skip = document.getElementById('skip');
    skip.textContent = M4.text('page.skip');
    skip.addEventListener('click', () => map.getContainer().focus());
  };

  const closeOnEscape = () =>
    document.addEventListener('keydown', ({ key }) => {
      if (key !== 'Escape' || document.getElementById('dialogue').open) return; // it closes itself
      if (M4.endOnEscape()) return;
      if (M4.state.selected) M4.select(null);
      else M4.closePanelOverMap();
    });

  // Only a change: otherwise Leaflet would round the centre to a pixel, and the link would take that for a move.
  const followSize = (map) => {
    const { clientWidth, clientHeight } = map.getContainer();
    if (!map.getSize().equals([clientWidth, clientHeight])) map.invalidateSize();
  };

  // Called after folium has created the map, its layers and the parts around it.
  M4.openView = (map) => {
    addControls(map);
    showDay();
    showRemark();
    M4.showLead();
    showCredits();
    showSkip(map);
    if (M4.isEmbedded) M4.showEmbedded();
    map.invalidateSize(); // after the layout of the parts around the map
    keepOnTheGround(map);
    openWithMain(map);
    closeOnEscape();
    new ResizeObserver(() => followSize(map)).observe(map.getContainer());
  };
}
