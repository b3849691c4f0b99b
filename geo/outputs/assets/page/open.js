// What every page has, independent of its parts: date, credits, map controls, and the initial view.

{
  const MARGIN = 24;
  const MIN_ZOOM = 7;
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
    L.control.scale({ position: `bottom${side}`, imperial: false, maxWidth: 120 }).addTo(map);
  };

  // The view cannot leave the ground.
  const keepOnTheGround = (map) => {
    const ground = M4.features.bounds(M4.ground.flatMap((layer) => M4.features.drawn(layer, M4.state.day)));
    if (!ground.isValid()) return;
    map.setMaxBounds(ground);
    const setMinZoom = () => {
      map.options.minZoom = MIN_ZOOM; // Leaflet does not look below the previous minimum zoom
      map.setMinZoom(Math.max(MIN_ZOOM, map.getBoundsZoom(ground, true)));
    };
    map.on('resize', setMinZoom);
    setMinZoom();
  };

  const showFocus = (map) => {
    const focus = M4.catalogue.find(({ name }) => name === M4.focus) ?? M4.catalogue[0];
    // All features, also those of other days, so that the view is the same on every day.
    const bounds = M4.features.bounds(focus?.features.filter(M4.features.isOnGround) ?? []);
    if (bounds.isValid()) map.fitBounds(bounds, { padding: [MARGIN, MARGIN] });
    else map.setView([0, 0], MIN_ZOOM);
  };

  const hasRoom = (map) => Math.min(map.getSize().x, map.getSize().y) >= SMALLEST_PX;

  // Fits the view once the map has room; a view that was set with folium or by the link is kept.
  const openWithFocus = (map) => {
    if (map._loaded) return;
    showFocus(map);
    if (hasRoom(map) || M4.link.map) return;
    const fitOnce = () => {
      if (!hasRoom(map)) return;
      map.off('resize', fitOnce);
      showFocus(map);
    };
    map.on('resize', fitOnce);
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

  const showCredits = () => {
    const owed = M4.credits.map(M4.creditText);
    const line = M4.element('summary', { dir: 'auto' }, M4.text('credits.all', { credits: owed.join(' · ') }));
    const footer = document.getElementById('credits');
    footer.setAttribute('aria-label', M4.text('credits.label'));
    footer.append(M4.element('details', {}, line));
  };

  const closeOnEscape = () =>
    document.addEventListener('keydown', ({ key }) => {
      if (key !== 'Escape' || document.getElementById('dialogue').open) return; // it closes itself
      if (M4.state.selected) M4.select(null);
      else M4.closePanelOverMap();
    });

  // Called after folium has created the map, its layers and the parts around it.
  M4.openView = (map) => {
    addControls(map);
    showDay();
    showRemark();
    showCredits();
    map.invalidateSize(); // after the layout of the parts around the map
    keepOnTheGround(map);
    openWithFocus(map);
    closeOnEscape();
    new ResizeObserver(() => map.invalidateSize()).observe(map.getContainer());
  };
}
