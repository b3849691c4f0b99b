// On paper the map has a size of its own, so it is drawn anew for it, over the same ground, and back again afterwards.

{
  const SMALLEST = 0.6; // of the usual type of the legend
  const STEP = 0.02;

  M4.printing = false;

  // A map of another size has another least zoom, and Leaflet would go there; but the view is set by who calls this.
  const resize = (map) => {
    map.setZoom = () => map;
    map.invalidateSize({ animate: false, debounceMoveend: true });
    delete map.setZoom;
  };

  // One move and no more: names are placed at once at the first of several, and later for the others.
  const fit = (map, bounds) => {
    const { zoomSnap, minZoom } = map.options;
    Object.assign(map.options, { zoomSnap: 0, minZoom: 0 }); // paper need not keep to the steps of the wheel
    map.fitBounds(bounds, { animate: false });
    Object.assign(map.options, { zoomSnap, minZoom });
  };

  // The legend is of what is drawn at the zoom of the paper, and paper cannot be zoomed.
  const keepDrawn = (panel, map) => {
    for (const { name, fromZoom } of M4.catalogue) {
      const section = panel.querySelector(`.swatch.${name}`)?.closest('section');
      section?.classList.toggle('from-near', Boolean(fromZoom));
      section?.classList.toggle('not-drawn', fromZoom > map.getZoom());
    }
  };

  // The largest type in which the legend is no longer than the map.
  const fitLegend = (panel, map) => {
    const room = map.getContainer().offsetHeight;
    for (let size = 1; size >= SMALLEST; size -= STEP) {
      panel.style.setProperty('--fit', size);
      if (panel.offsetHeight <= room) return;
    }
  };

  // Paper is light, whatever the screen is: what asks for the scheme is told so while printing.
  const lightOnPaper = () => {
    const { darkScheme } = M4.symbols;
    const ofScreen = window.matchMedia(darkScheme.media);
    Object.defineProperty(darkScheme, 'matches', { get: () => ofScreen.matches && !M4.printing });
    return () => ofScreen.matches && darkScheme.dispatchEvent(new Event('change'));
  };

  M4.showPrint = (map) => {
    const onPaper = () => window.matchMedia('print').matches; // one that is asked too early tells of no change later
    const panel = document.getElementById('panel');
    const drawInScheme = lightOnPaper();
    let seen = null;
    let left = null; // what to come back to

    // The map may have the size of the paper before the events below come.
    const see = () => {
      if (M4.printing || onPaper()) return;
      seen = { bounds: map.getBounds(), centre: map.getCenter(), zoom: map.getZoom() };
    };

    const begin = () => {
      if (M4.printing) return;
      see(); // it may be moving
      M4.printing = true;
      left = { ...seen, minZoom: map.getMinZoom(), hidden: panel.hidden };
      document.body.classList.add('printing');
      resize(map);
      fit(map, left.bounds);
      drawInScheme();
      M4.placeLabels?.(); // paper does not wait
      keepDrawn(panel, map);
      fitLegend(panel, map);
    };

    // The panel opens by itself on wide screens, and for a phone the paper is one.
    const restore = () => {
      if (panel.hidden !== left.hidden) document.getElementById('panel-toggle').click();
      map.options.minZoom = left.minZoom; // Leaflet goes no lower than that when it seeks a new one
      resize(map);
      map.setView(left.centre, left.zoom, { animate: false, reset: true }); // a pan would round to pixels
      map.fire('resize'); // the view after a resize is no choice of the reader, so it belongs in no link: this view
    };

    const end = () => {
      if (!M4.printing) return;
      document.body.classList.remove('printing');
      restore();
      M4.printing = false;
      drawInScheme();
    };

    // After `afterprint`, and only now is the page as wide as the screen again for everybody.
    const followMedium = ({ matches }) => {
      if (matches) return begin();
      end();
      if (left) restore();
      left = null;
    };

    see();
    map.on('moveend resize', see);
    window.addEventListener('beforeprint', begin);
    window.addEventListener('afterprint', end);
    window.matchMedia('print').addEventListener('change', followMedium);
    const button = M4.addTool('print.tool', () => window.print());
    button.classList.add('print');
  };
}
