// Opens the map, lays the layers of the catalogue on it, and puts everything else around it.

{
  const MARGIN = 24;
  const ZOOMS = { minZoom: 7, maxZoom: 14, zoomSnap: 0.5 };
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  let map = null;

  M4.openMap = (id) => {
    const container = document.getElementById(id);
    container.classList.add('map');
    container.dir = 'ltr'; // Leaflet counts its pixels from the left
    container.setAttribute('role', 'region');
    container.setAttribute('aria-label', M4.text('map.label'));
    const motion = { zoomAnimation: !still, fadeAnimation: !still, markerZoomAnimation: !still, inertia: !still };
    map = L.map(container, { ...ZOOMS, ...motion, attributionControl: false, zoomControl: false, maxBoundsViscosity: 1 });
    const side = M4.isRightToLeft ? 'right' : 'left'; // the details lie on the other side
    L.control.zoom({ position: `top${side}`, zoomInTitle: M4.text('map.zoom_in'), zoomOutTitle: M4.text('map.zoom_out') }).addTo(map);
    L.control.scale({ position: `bottom${side}`, imperial: false, maxWidth: 120 }).addTo(map);
    return map;
  };

  // The view never leaves the ground that is drawn.
  const keepOnTheGround = () => {
    if (!M4.ground) return;
    const ground = M4.features.bounds(M4.features.drawn(M4.ground, M4.state.day));
    if (!ground.isValid()) return;
    map.setMaxBounds(ground);
    const setMinZoom = () => {
      map.options.minZoom = ZOOMS.minZoom; // Leaflet seeks no lower than the least zoom of before
      map.setMinZoom(Math.max(ZOOMS.minZoom, map.getBoundsZoom(ground, true)));
    };
    map.on('resize', setMinZoom);
    setMinZoom();
  };

  const showFocus = () => {
    const focus = M4.catalogue.find(({ name }) => name === M4.focus) ?? M4.catalogue[0];
    // Where it will be or was, if it is not there on this day: the view is of the same ground on every day.
    map.fitBounds(M4.features.bounds(focus.features.filter(M4.features.isOnGround)), { padding: [MARGIN, MARGIN] });
  };

  // What must be known of the whole map, such as that it is an illustration.
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

  document.addEventListener('DOMContentLoaded', () => {
    showDay();
    showRemark();
    showCredits();
    M4.showPanel(map);
    M4.showDetails();
    M4.showSearch();
    M4.showTable();
    M4.showClaims();
    M4.showDiagram(M4.showDateControl());
    M4.showDownloads();
    M4.showAbout();
    map.invalidateSize(); // now that everything around the map has taken its room
    keepOnTheGround();
    showFocus();
    M4.showLabels(map);
    M4.showSelection(map);
    M4.showPrint(map);
    M4.keepLink(map);
    closeOnEscape();
    new ResizeObserver(() => map.invalidateSize()).observe(map.getContainer());
  });
}

const map_reference = M4.openMap('map_reference');

for (const { name, shown } of M4.catalogue) {
  const drawing = M4.layer(name);
  if (shown) drawing.addTo(map_reference);
}
