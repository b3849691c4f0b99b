// Two dates side by side: a second map with the same view and the same layers, and a date of its own.

{
  const element = M4.element;
  const ICON = 'M-8 -6H8V6H-8ZM0 -9V9';

  // The chapter before the date shown, or else the one after it.
  const startDay = () => {
    const days = M4.chapters.map(({ day }) => day);
    const { day } = M4.state;
    return days.filter((one) => one < day).pop() ?? days.find((one) => one > day) ?? M4.firstDay;
  };

  const dateField = (day, choose) => {
    const shown = element('bdi', { class: 'in-words', dir: 'auto', 'aria-hidden': 'true' });
    const node = element('input', { type: 'date', min: M4.firstDay, max: M4.lastDay, required: true });
    node.setAttribute('aria-label', M4.text('compare.date'));
    const show = (one) => {
      node.value = one;
      shown.textContent = M4.dates.short(one);
    };
    node.addEventListener('change', () => M4.dates.isOffered(node.value) && choose(node.value));
    show(day);
    return { node: element('div', { class: 'date-field' }, node, shown), show };
  };

  M4.showCompare = (map) => {
    const main = map.getContainer().parentNode;
    const chip = element('div', { class: 'compare-day', dir: M4.isRightToLeft ? 'rtl' : 'ltr' });
    let other = null; // the second map, its drawings, its date

    // Each map follows the other, unless it already shows the same view, or only one of them is printed.
    const follow = (leader, follower) => {
      if (M4.printing) return;
      const same = leader.getZoom() === follower.getZoom() && leader.getCenter().equals(follower.getCenter());
      if (!same) follower.setView(leader.getCenter(), leader.getZoom(), { animate: false });
    };
    const lead = () => other && follow(map, other.map);

    const keepLayers = () => {
      for (const [name, drawing] of other.drawings) {
        const isWanted = map.hasLayer(M4.drawings.get(name));
        if (isWanted !== other.map.hasLayer(drawing)) other.map[isWanted ? 'addLayer' : 'removeLayer'](drawing);
      }
    };
    const layersChanged = () => other && keepLayers();

    const setDay = (day) => {
      other.day = day;
      other.field.show(day);
      other.map.getContainer().setAttribute('aria-label', M4.text('compare.map', { day: M4.dates.label(day) }));
      for (const drawing of other.drawings.values()) drawing.follow();
      M4.setLink?.({ compare: day });
    };

    const begin = (day) => {
      const container = element('div', { class: 'map compared', dir: 'ltr', role: 'region' });
      main.classList.add('comparing');
      map.getContainer().after(container);
      map.invalidateSize({ animate: false });
      const { minZoom, maxZoom, maxBounds, zoomSnap } = map.options;
      const second = L.map(container, { minZoom: 0, maxZoom, zoomSnap, maxBounds, maxBoundsViscosity: 1, zoomControl: false });
      second.attributionControl.remove();
      second.setView(map.getCenter(), map.getZoom(), { animate: false });
      second.options.minZoom = minZoom;
      const close = element('button', { type: 'button', class: 'close', 'aria-label': M4.text('compare.end') }, '×');
      close.addEventListener('click', end);
      const field = dateField(day, setDay);
      const bar = element('div', { class: 'compare-day', dir: chip.dir }, field.node, close);
      container.append(bar);
      L.DomEvent.disableClickPropagation(bar);
      map.getContainer().append(chip);
      const own = { map: second, drawings: new Map(), day, field };
      for (const layer of M4.catalogue) own.drawings.set(layer.name, M4.drawingOn(layer, () => own.day));
      other = own;
      if (M4.relief) {
        const relief = L.imageOverlay(M4.relief._url, M4.relief.getBounds(), M4.relief.options);
        M4.showRelief(second, relief, () => M4.ground.map(({ name }) => own.drawings.get(name)));
      }
      keepLayers();
      setDay(day);
      second.on('move', () => follow(second, map));
      follow(map, second);
      button.setAttribute('aria-pressed', 'true');
    };

    const end = () => {
      if (!other) return false;
      const { map: second } = other;
      other = null;
      second.remove();
      second.getContainer().remove();
      chip.remove();
      main.classList.remove('comparing');
      map.invalidateSize({ animate: false });
      button.setAttribute('aria-pressed', 'false');
      M4.setLink?.({ compare: null });
      return true;
    };

    // Compares with a day; with null, ends.
    M4.compareWith = (day) => {
      if (!day) end();
      else if (other) setDay(day);
      else begin(day);
    };
    const button = M4.addMapButton(map, 'compare', 'compare.title', ICON, () => M4.compareWith(other ? null : startDay()));
    button.setAttribute('aria-pressed', 'false');
    M4.onEscape(() => end() && (button.focus({ preventScroll: true }), true));
    M4.follow(['day'], ({ day }) => (chip.textContent = M4.dates.short(day)));
    map.on('move', lead);
    map.on('layeradd layerremove', layersChanged);
    M4.symbols.darkScheme.addEventListener('change', () => other?.drawings.forEach((drawing) => drawing.redraw()));
  };
}
