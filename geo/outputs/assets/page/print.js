// On paper the map has another size: it is redrawn for it with the same extent, and restored afterwards.

{
  const SMALLEST = 0.6; // of the usual type of the legend
  const STEP = 0.02;

  M4.printing = false;

  // A map of another size has another minimum zoom, and Leaflet would zoom to it; but the caller sets the view.
  const resize = (map) => {
    map.setZoom = () => map;
    map.invalidateSize({ animate: false, debounceMoveend: true });
    delete map.setZoom;
  };

  // Exactly one move: labels are placed at once for the first of several moves, and later for the others.
  const fit = (map, bounds) => {
    const { zoomSnap, minZoom } = map.options;
    Object.assign(map.options, { zoomSnap: 0, minZoom: 0 }); // paper need not keep to the steps of the wheel
    map.fitBounds(bounds, { animate: false });
    Object.assign(map.options, { zoomSnap, minZoom });
  };

  // The legend lists what is drawn at the zoom of the paper, which cannot be changed there.
  const keepDrawn = (panel, map) => {
    for (const { name, fromZoom } of M4.catalogue) {
      const section = panel.querySelector(`.swatch.${name}`)?.closest('section');
      section?.classList.toggle('from-near', Boolean(fromZoom));
      section?.classList.toggle('not-drawn', fromZoom > map.getZoom());
    }
  };

  // The largest font size at which the legend is not longer than the map.
  const fitLegend = (panel, map) => {
    const room = map.getContainer().offsetHeight;
    for (let size = 1; size >= SMALLEST; size -= STEP) {
      panel.style.setProperty('--fit', size);
      if (panel.offsetHeight <= room) return;
    }
  };

  // Paper is always light: while printing, the colour scheme is reported as light.
  const lightOnPaper = () => {
    const { darkScheme } = M4.symbols;
    const ofScreen = window.matchMedia(darkScheme.media);
    Object.defineProperty(darkScheme, 'matches', { get: () => ofScreen.matches && !M4.printing });
    return () => ofScreen.matches && darkScheme.dispatchEvent(new Event('change'));
  };

  M4.showPrint = (map) => {
    const onPaper = () => window.matchMedia('print').matches; // a query created too early does not report changes
    const panel = document.getElementById('panel');
    const drawInScheme = lightOnPaper();
    let seen = null;
    let left = null; // the state to restore

    // The map may have the size of the paper before the events below are fired.
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
      M4.placeLabels?.(); // printing does not wait for animations
      M4.placeGroundNames?.();
      keepDrawn(panel, map);
      fitLegend(panel, map);
    };

    // The panel opens automatically on wide screens; for a phone, paper is wide.
    const restore = () => {
      if (panel.hidden !== left.hidden) document.getElementById('panel-toggle').click();
      map.options.minZoom = left.minZoom; // Leaflet does not look below it for a new minimum
      resize(map);
      map.setView(left.centre, left.zoom, { animate: false, reset: true }); // a pan would round to pixels
      map.fire('resize'); // restores the view in the link: the view after a resize is not the reader's choice
    };

    const end = () => {
      if (!M4.printing) return;
      document.body.classList.remove('printing');
      restore();
      M4.printing = false;
      drawInScheme();
    };

    // After `afterprint`: only now does the page have the width of the screen again in all browsers.
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
    const button = M4.addTool('print.tool', async () => {
      if (M4.areTilesOn()) {
        begin(); // the sheet needs other tiles than the screen
        await M4.tilesLoaded();
      }
      window.print();
    });
    button.classList.add('print');
  };
}
