// Background tiles for those who ask: never at opening, never kept in the link, and never from a page on disk, whose
// requests providers refuse.

{
  const element = M4.element;
  const GROUND = 300; // the lowest layer's height; made later, the tiles lie over it and under all others
  const GIVE_UP_AFTER = 6; // failures in a row

  const isServed = ['http:', 'https:'].includes(window.location.protocol);
  const offers = [];

  // A tile layer that folium made and did not put on the map.
  M4.offerTiles = (tiles, provider) => offers.push({ tiles, provider });

  // A box that puts the tiles on the map, with a word on what that gives away.
  const offerRows = ({ tiles, provider }, map) => {
    const box = element('input', { type: 'checkbox' });
    const status = element('p', { class: 'remark', role: 'status' });
    let failures = 0;
    const failed = () => {
      failures += 1;
      if (failures < GIVE_UP_AFTER) return;
      tiles.remove();
      box.checked = false;
      status.textContent = M4.text('tiles.failed');
    };
    tiles.on('tileerror', failed).on('tileload', () => (failures = 0));
    box.addEventListener('change', () => {
      if (!map.getPane('tiles')) map.createPane('tiles').style.zIndex = GROUND;
      [failures, status.textContent] = [0, ''];
      if (box.checked) tiles.addTo(map);
      else tiles.remove();
    });
    const label = element('label', {}, box, element('span', {}, M4.text('tiles.title', { provider })));
    const warning = element('p', { class: 'remark' }, M4.text('tiles.warning', { provider }));
    return [element('div', { class: 'layer' }, label), warning, status];
  };

  // A section of the panel; null where no tiles can come.
  M4.tilesSection = (map) => {
    if (!isServed || !offers.length) return null;
    return element('section', { class: 'tiles' }, ...offers.flatMap((offer) => offerRows(offer, map)));
  };
}
