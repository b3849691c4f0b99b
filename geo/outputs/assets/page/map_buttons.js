// Buttons on the map, in one bar below those of the zoom.

{
  const element = M4.element;
  let bar = null;

  const barOn = (map) => {
    if (bar?.isConnected) return bar;
    bar = element('div', { class: 'leaflet-bar map-buttons' });
    const control = L.control({ position: M4.isRightToLeft ? 'topright' : 'topleft' });
    control.onAdd = () => {
      L.DomEvent.disableClickPropagation(bar);
      return bar;
    };
    control.addTo(map);
    return bar;
  };

  // `label` is a key of the texts, `icon` the path of a picture of 20 by 20 around its middle.
  M4.addMapButton = (map, className, label, icon, act) => {
    const text = M4.text(label);
    const picture = M4.svg(
      'svg',
      { viewBox: '-10 -10 20 20', width: 18, height: 18, 'aria-hidden': 'true' },
      M4.svg('path', { d: icon }),
    );
    const button = element('button', { type: 'button', class: className, title: text, 'aria-label': text }, picture);
    button.addEventListener('click', () => act(button));
    barOn(map).append(button);
    return button;
  };
}
