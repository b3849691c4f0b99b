// On paper the map has a size of its own, so it is drawn anew for it, over the same ground, and back again afterwards.

{
  M4.printing = false;

  const fit = (map, bounds) => {
    const { zoomSnap, minZoom } = map.options;
    Object.assign(map.options, { zoomSnap: 0, minZoom: 0 }); // paper need not keep to the steps of the wheel
    map.fitBounds(bounds, { animate: false });
    Object.assign(map.options, { zoomSnap, minZoom });
  };

  M4.showPrint = (map) => {
    const paper = window.matchMedia('print');
    let seen = null;

    // The map may have the size of the paper before the events below come.
    const see = () => {
      if (M4.printing || paper.matches) return;
      seen = { bounds: map.getBounds(), centre: map.getCenter(), zoom: map.getZoom() };
    };

    const begin = () => {
      if (M4.printing) return;
      M4.printing = true;
      document.body.classList.add('printing');
      map.invalidateSize({ animate: false });
      fit(map, seen.bounds);
    };

    const end = () => {
      if (!M4.printing) return;
      document.body.classList.remove('printing');
      map.invalidateSize({ animate: false });
      map.setView(seen.centre, seen.zoom, { animate: false });
      M4.printing = false;
    };

    see();
    map.on('moveend resize', see);
    window.addEventListener('beforeprint', begin);
    window.addEventListener('afterprint', end);
    paper.addEventListener('change', ({ matches }) => (matches ? begin() : end()));
    const button = M4.addTool('print.tool', () => window.print());
    button.classList.add('print');
  };
}
