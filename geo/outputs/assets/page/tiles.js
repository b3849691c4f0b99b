// Optional background tiles: never loaded on opening, not part of the link, and not offered on a page opened from
// disk, whose requests providers refuse.

{
  const element = M4.element;
  // The z-index of the uppermost ground: created later, the tiles are above it and below all others.
  const GROUND = 300 + Math.max(0, M4.ground.length - 1);
  const GIVE_UP_AFTER = 6; // failures in a row

  const isServed = ['http:', 'https:'].includes(window.location.protocol);
  const offers = [];

  // A tile layer that folium created and did not add to the map.
  M4.offerTiles = (tiles, provider) => offers.push({ tiles, provider });

  // A checkbox that adds the tiles to the map, with a privacy notice.
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

  // A section of the panel; null if tiles are not available.
  M4.tilesSection = (map) => {
    if (!isServed || !offers.length) return null;
    return element('section', { class: 'tiles' }, ...offers.flatMap((offer) => offerRows(offer, map)));
  };
}
