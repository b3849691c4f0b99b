// Measures distances on the map: a line through points that the reader sets, with its length on the ellipsoid. Points
// are set with a click, or with Enter in the middle of the map; Backspace removes the last one, Escape ends.

{
  const element = M4.element;
  const PANE = 'ruler';
  const ICON = 'M-9 4L4 -9L9 -4L-4 9ZM-5.5 .5L-3.5 2.5M-2.5 -2.5L.5 .5M.5 -5.5L2.5 -3.5';
  const METRES_PER_MILE = 1609.344;
  const FINE_BELOW = 10; // kilometres or miles that get two decimals instead of one

  const LINE = { pane: PANE, interactive: false, className: 'ruled' };

  const formats = [2, 1].map(
    (digits) => new Intl.NumberFormat(M4.locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  );
  const amount = (number) => formats[number < FINE_BELOW ? 0 : 1].format(number);

  // "12.3 km (7.64 mi)"
  M4.distanceText = (metres) =>
    M4.text('ruler.distance', { km: amount(metres / 1000), mi: amount(metres / METRES_PER_MILE) });

  const lengthOf = (points) =>
    points.slice(1).reduce((sum, { lng, lat }, at) => sum + M4.geodesicMetres([points[at].lng, points[at].lat], [lng, lat]), 0);

  M4.showRuler = (map) => {
    const container = map.getContainer();
    const drawn = L.layerGroup();
    const length = L.tooltip({ permanent: true, direction: 'top', offset: [0, -6], className: 'length' });
    const total = element('output', { class: 'total' });
    const box = element('div', { class: 'ruler-box', dir: M4.isRightToLeft ? 'rtl' : 'ltr', role: 'status' }, total);
    box.append(element('small', {}, M4.text('ruler.hint')), element('small', { class: 'keys' }, M4.text('ruler.keys')));
    const cross = element('div', { class: 'crosshair', 'aria-hidden': 'true' });
    const control = L.control({ position: M4.isRightToLeft ? 'bottomright' : 'bottomleft' });
    control.onAdd = () => {
      L.DomEvent.disableClickPropagation(box);
      return box;
    };
    let points = null; // while it measures

    const draw = () => {
      drawn.clearLayers();
      total.textContent = points.length > 1 ? M4.distanceText(lengthOf(points)) : '';
      if (points.length > 1) {
        L.polyline(points, { ...LINE, weight: 5, className: 'ruled under' }).addTo(drawn);
        L.polyline(points, { ...LINE, weight: 2.5, dashArray: '7 5' }).addTo(drawn);
      }
      for (const point of points) L.circleMarker(point, { ...LINE, radius: 4, weight: 2, fillOpacity: 1 }).addTo(drawn);
      if (points.length > 1) drawn.addLayer(length.setLatLng(points.at(-1)).setContent(M4.ownText(total.textContent)));
    };

    const add = (point) => {
      if (points.at(-1)?.equals(point)) return; // the second click of a double click
      points.push(point);
      draw();
    };
    const addClicked = ({ latlng }) => add(latlng);
    const KEYS = { Enter: () => add(map.getCenter()), Backspace: () => points.pop() && draw() };
    const answer = (event) => {
      if (event.target !== container || !Object.hasOwn(KEYS, event.key)) return;
      event.preventDefault();
      KEYS[event.key]();
    };

    const begin = () => {
      if (!map.getPane(PANE)) map.createPane(PANE).style.zIndex = 640;
      points = [];
      drawn.addTo(map);
      control.addTo(map);
      container.append(cross);
      map.doubleClickZoom.disable();
      map.on('click', addClicked);
      container.addEventListener('keydown', answer);
      container.focus({ preventScroll: true });
      draw();
    };
    const end = () => {
      if (!points) return false;
      points = null;
      drawn.clearLayers().remove();
      control.remove();
      cross.remove();
      map.doubleClickZoom.enable();
      map.off('click', addClicked);
      container.removeEventListener('keydown', answer);
      return true;
    };
    const toggle = () => {
      if (!end()) begin();
      show();
    };
    const show = () => {
      button.setAttribute('aria-pressed', String(points !== null));
      container.classList.toggle('measuring', points !== null);
      M4.placeLabels?.();
    };
    const button = M4.addMapButton(map, 'ruler', 'ruler.title', ICON, toggle);
    button.setAttribute('aria-pressed', 'false');
    M4.onEscape(() => {
      const isEnded = end();
      if (isEnded) {
        show();
        button.focus({ preventScroll: true });
      }
      return isEnded;
    });
    // Whether a click on the map sets a point.
    M4.isMeasuring = () => points !== null;
  };
}
