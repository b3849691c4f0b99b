// Positions on the map that are no features: that of the pointer, in a line at the edge of the map, and one to copy, in a
// card at its place (context menu, or a long press).

{
  const element = M4.element;
  const FINEST_M = 10; // of a reference; a pixel is never less on this map
  const EARTH_M = 40_075_017; // circumference, for the size of a pixel
  const ON_FEATURE = '.leaflet-interactive, .leaflet-control, .leaflet-popup';

  const pixelMetres = (map, lat) => (EARTH_M * Math.cos((lat * Math.PI) / 180)) / (256 * 2 ** map.getZoom());
  const precisionAt = (map, lat) => Math.max(FINEST_M, pixelMetres(map, lat));

  // A card with a position, until it is closed.
  M4.showPosition = (map, { lat, lng }) => {
    const title = element('h2', {}, M4.text('coordinates.title'));
    const content = element(
      'section',
      { class: 'position-card', dir: M4.isRightToLeft ? 'rtl' : 'ltr' },
      title,
      M4.positionRows(lng, lat, precisionAt(map, lat)),
    );
    const close = M4.text('details.close');
    const card = L.popup({ className: 'position', closeOnEscapeKey: false, autoPanPadding: [16, 16], maxWidth: 320 });
    card.setLatLng([lat, lng]).setContent(content).openOn(map);
    card.getElement().querySelector('.leaflet-popup-close-button')?.setAttribute('aria-label', close);
    return card;
  };

  const readout = (map) => {
    const text = element('bdi', { dir: 'ltr' });
    const node = element('div', { class: 'readout', dir: M4.isRightToLeft ? 'rtl' : 'ltr' });
    const show = ({ lat, lng }, label = null) => {
      const { lng: lon } = L.latLng(lat, lng).wrap();
      text.textContent = [M4.degreesText(lon, lat), M4.mgrs(lon, lat, precisionAt(map, lat))].filter(Boolean).join(' · ');
      node.replaceChildren(...(label ? [label, ' '] : []), text);
    };
    const showCentre = () => show(map.getCenter(), M4.text('coordinates.centre'));
    let pointer = null; // its place in the container, while a mouse or a pen is over the map
    const follow = () => (pointer ? show(map.containerPointToLatLng(pointer)) : showCentre());
    map.getContainer().addEventListener('pointermove', (event) => {
      pointer = event.pointerType === 'touch' ? null : map.mouseEventToContainerPoint(event);
      if (pointer) follow();
    });
    map.getContainer().addEventListener('pointerleave', () => {
      pointer = null;
      follow();
    });
    map.on('move moveend zoomend resize', follow);
    map.whenReady(follow);
    return node;
  };

  M4.showPositions = (map) => {
    const control = L.control({ position: M4.isRightToLeft ? 'bottomright' : 'bottomleft' });
    control.onAdd = () => readout(map);
    control.addTo(map);
    map.on('contextmenu', ({ latlng }) => M4.showPosition(map, latlng));
    map.on('click', ({ originalEvent: { target } }) => {
      if (M4.isMeasuring?.() || target.closest(ON_FEATURE)) return;
      if (M4.state.selected) M4.select(null);
    });
    M4.onEscape(() => {
      const isOpen = Boolean(map.getContainer().querySelector('.leaflet-popup.position'));
      if (isOpen) map.closePopup();
      return isOpen;
    });
  };
}
