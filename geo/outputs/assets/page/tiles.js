// Pictures of the map from a provider, for those who ask: never at opening, never kept in the link, and never from a
// page on disk, whose requests providers refuse.

{
  const element = M4.element;
  const GROUND = 400; // the lowest layer's height; made later, the tiles lie over it and under all others
  const GIVE_UP_AFTER = 6; // failures in a row

  const isServed = ['http:', 'https:'].includes(window.location.protocol);

  const tileLayer = (map) => {
    if (!map.getPane('tiles')) map.createPane('tiles').style.zIndex = GROUND;
    const { url, attribution, max_zoom: maxZoom } = M4.tiles;
    // The provider wants to know which site asks; it learns the site's name and nothing more of the address.
    return L.tileLayer(url, { pane: 'tiles', attribution, maxZoom, referrerPolicy: 'strict-origin', className: 'tiles' });
  };

  // A box that puts the tiles on the map, with a word on what that gives away; null where they cannot come.
  M4.tilesSection = (map) => {
    if (!isServed || !M4.tiles) return null;
    const box = element('input', { type: 'checkbox' });
    const status = element('p', { class: 'remark', role: 'status' });
    let tiles = null;
    let failures = 0;
    const remove = () => {
      tiles?.remove();
      tiles = null;
    };
    const failed = () => {
      failures += 1;
      if (failures < GIVE_UP_AFTER) return;
      remove();
      box.checked = false;
      status.textContent = M4.text('tiles.failed');
    };
    box.addEventListener('change', () => {
      [failures, status.textContent] = [0, ''];
      if (!box.checked) return remove();
      tiles = tileLayer(map).on('tileerror', failed).on('tileload', () => (failures = 0));
      return tiles.addTo(map);
    });
    const label = element('label', {}, box, element('span', {}, M4.text('tiles.title', { provider: M4.tiles.provider })));
    const warning = element('p', { class: 'remark' }, M4.text('tiles.warning', { provider: M4.tiles.provider }));
    return element('section', { class: 'tiles' }, element('div', { class: 'layer' }, label), warning, status);
  };
}
