// The background: the ground of the page, or tiles of a provider. No tile is loaded before the reader has confirmed who
// learns what; the choice is not remembered, and not part of the link.

{
  const element = M4.element;
  // The z-index of the uppermost ground: created later, the tiles are above it and below all others.
  const GROUND = 300 + Math.max(0, M4.ground.length - 1);
  const GIVE_UP_AFTER = 6; // failures in a row
  const PRINT_AFTER_MS = 5000; // even if tiles are missing
  const TITLES = {
    'OpenStreetMap.Mapnik': 'tiles.streets',
    'Esri.WorldImagery': 'tiles.satellite',
    OpenTopoMap: 'tiles.topographic',
  };
  const MARGIN_PX = 10;
  const STACK = 'M0-8 8-4 0 0-8-4ZM-8 0 0 4 8 0M-8 4 0 8 8 4';

  // Only a page of a web site has an address that requests can name; a file and the frame of a notebook have none.
  const isOnSite = /^https?:$/.test(window.location.protocol) && window.origin !== 'null';
  const ground = { title: 'panel.ground', isRefused: false };
  const offers = [];
  let shown = ground;

  // A tile layer that folium created and did not add to the map.
  M4.offerTiles = (tiles, { name, host, needsSite }) =>
    offers.push({ tiles, host, title: TITLES[name] ?? name, isRefused: needsSite && !isOnSite, isConfirmed: false });

  M4.areTilesOn = () => Boolean(shown.tiles);

  // Resolves when the tiles of the view are loaded, or should not be waited for any longer.
  M4.tilesLoaded = () =>
    new Promise((resolve) => {
      if (!shown.tiles?.isLoading()) resolve();
      shown.tiles?.once('load', resolve);
      window.setTimeout(resolve, PRINT_AFTER_MS);
    });

  const show = (choice, map) => {
    if (choice === shown) return;
    if (!map.getPane('tiles')) map.createPane('tiles').style.zIndex = GROUND;
    shown.tiles?.remove();
    shown = choice;
    shown.tiles?.addTo(map);
    map.getContainer().classList.toggle('with-tiles', M4.areTilesOn());
  };

  // Calls `giveUp` if several tiles in a row fail to load, or all tiles of the view.
  const watch = (tiles, giveUp) => {
    let [failed, came] = [0, 0];
    const giveUpSoon = () => window.queueMicrotask(() => shown.tiles === tiles && giveUp()); // Leaflet is not done yet
    tiles.on('add', () => ([failed, came] = [0, 0]));
    tiles.on('tileload', () => ([failed, came] = [0, came + 1]));
    tiles.on('tileerror', () => (failed += 1) >= GIVE_UP_AFTER && giveUpSoon());
    tiles.on('load', () => failed && !came && giveUpSoon());
  };

  const whyFailed = ({ host }) => {
    if (!navigator.onLine) return M4.text('tiles.offline');
    return M4.text(isOnSite ? 'tiles.failed' : 'tiles.failed_from_disk', { provider: host });
  };

  const noteOf = ({ host, isRefused }) => {
    if (!host) return M4.text('tiles.here');
    return isRefused ? M4.text('tiles.needs_site', { provider: host }) : M4.ownText(host);
  };

  const rowOf = (choice) => {
    const box = element('input', { type: 'radio', name: 'background', disabled: choice.isRefused });
    const words = element('span', {}, M4.text(choice.title), element('small', {}, noteOf(choice)));
    return { choice, box, node: element('label', {}, box, words) };
  };

  // The list of backgrounds, the question before the first request to a provider, and what went wrong.
  const chooserOf = (map, { opened, settled }) => {
    const question = element('p');
    const confirm = element('button', { type: 'button' }, M4.text('tiles.load'));
    const asking = element('div', { class: 'asking', hidden: true }, question, confirm);
    const status = element('p', { role: 'status' });
    const rows = [ground, ...offers].map(rowOf);
    let asked = null;

    const settle = (choice, remark = '') => {
      show(choice, map);
      asked = null;
      asking.hidden = true;
      status.textContent = remark;
      for (const row of rows) row.box.checked = row.choice === shown;
      settled(M4.text(shown.title));
    };
    const ask = (choice) => {
      asked = choice;
      asking.hidden = false;
      status.textContent = '';
      question.textContent = M4.text(isOnSite ? 'tiles.privacy_site' : 'tiles.privacy', { provider: choice.host });
      node.scrollTop = node.scrollHeight; // the whole question, in a list that is longer than the map
    };
    const choose = (choice) => {
      if (!choice.tiles || choice === shown) settle(choice);
      else if (!navigator.onLine) settle(shown, M4.text('tiles.offline'));
      else if (choice.isConfirmed) settle(choice);
      else ask(choice);
    };
    const giveUp = (choice) => {
      opened();
      settle(ground, whyFailed(choice));
    };

    for (const { choice, box } of rows) {
      box.addEventListener('change', () => choose(choice));
      if (choice.tiles) watch(choice.tiles, () => giveUp(choice));
    }
    confirm.addEventListener('click', () => {
      asked.isConfirmed = true;
      choose(asked);
    });
    settle(shown);
    const list = element('fieldset', {}, element('legend', {}, M4.text('tiles.title')), ...rows.map(({ node }) => node));
    const dir = M4.isRightToLeft ? 'rtl' : 'ltr';
    const node = element('div', { id: 'backgrounds', class: 'backgrounds', dir, hidden: true }, list, asking, status);
    return { node, confirm, focus: () => rows.find(({ box }) => box.checked).box.focus(), reset: () => settle(shown) };
  };

  const icon = () =>
    M4.svg(
      'svg',
      { viewBox: '-10 -10 20 20', width: 20, height: 20, 'aria-hidden': 'true' },
      M4.svg('path', { d: STACK, fill: 'none', stroke: 'currentcolor', 'stroke-width': 1.5, 'stroke-linejoin': 'round' }),
    );

  M4.showTilesChooser = (map) => {
    const button = element('button', { type: 'button', 'aria-expanded': 'false', 'aria-controls': 'backgrounds' }, icon());
    const open = (isOpen) => {
      chooser.node.hidden = !isOpen;
      button.setAttribute('aria-expanded', String(isOpen));
      if (!isOpen) return chooser.reset();
      const room = map.getContainer().getBoundingClientRect().bottom - chooser.node.getBoundingClientRect().top;
      chooser.node.style.maxHeight = `${room - MARGIN_PX}px`;
    };
    const settled = (title) => {
      const label = M4.text('tiles.button', { title });
      button.setAttribute('aria-label', label);
      button.title = label;
    };
    const chooser = chooserOf(map, { opened: () => open(true), settled });
    const closeWithFocus = () => {
      open(false);
      button.focus();
    };
    button.addEventListener('click', () => {
      open(chooser.node.hidden);
      if (!chooser.node.hidden) chooser.focus();
    });
    chooser.confirm.addEventListener('click', () => M4.areTilesOn() && closeWithFocus());

    const node = element('div', { class: 'tiles-chooser' }, button, chooser.node);
    node.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || chooser.node.hidden) return;
      event.stopPropagation(); // what is selected stays selected
      closeWithFocus();
    });
    const closeOutside = ({ target }) => !chooser.node.hidden && !node.contains(target) && open(false);
    document.addEventListener('pointerdown', closeOutside, { capture: true });
    node.addEventListener('focusout', ({ relatedTarget }) => relatedTarget && closeOutside({ target: relatedTarget }));
    L.DomEvent.disableClickPropagation(node);
    L.DomEvent.disableScrollPropagation(node);
    const control = L.control({ position: M4.isRightToLeft ? 'topleft' : 'topright' }); // opposite the zoom buttons
    control.onAdd = () => node;
    control.addTo(map);
  };
}
