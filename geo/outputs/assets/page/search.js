// ---- search
// Finds features by any of their names, in any spelling, and positions by their coordinates; the search box can be used by
// keyboard alone.

{
  const element = M4.element;
  const MOST = 30;
  const NEAR_ZOOM = 12.5; // at which what was found is shown, unless the map is nearer already
  const FIRST = ['places', 'observation_posts'];
  const LAST = ['localities'];
  const LEADING_ZEROS = /\b0+(?=\d)/g;
  const NAME = /^name_([a-z]{2})$/;

  // What NFKD leaves alone: dotless i, alef wasla, Persian letters, final ya, ta marbuta, a hamza on the line.
  const LETTERS = new Map(Object.entries({ ı: 'i', ٱ: 'ا', ی: 'ي', ى: 'ي', ک: 'ك', ة: 'ه', ء: '', ـ: '' }));
  const QUOTES = /['’‘‛`´ʹʻʼʽʾʿ′]/g;
  const LATIN_ARTICLE = /(^| )[ae]l(?= )/g;
  const ARABIC_ARTICLE = /(^| )ال(?=\p{L}{2})/gu;

  const fold = (text) =>
    [...text.replace(QUOTES, '').toLowerCase().normalize('NFKD')]
      .map((letter) => LETTERS.get(letter) ?? letter)
      .join('')
      .replace(/[\p{M}\p{Cf}]/gu, '')
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim();

  // Only the consonants of a text in Latin letters, as English, French and Turkish hear them: "Khan Sheikhoun" and
  // "Han Şeyhun" are both "hnshn". Empty if too few are left to tell one name from another.
  const FEWEST = 3;
  const SOUNDS = [
    [/(^| )(?:a[sztdrn]|ash|ath|adh|e[lsztdrn]|esh)(?= )/g, '$1'], // articles before other letters than "al"
    [/kh/g, 'h'],
    [/[cs]h/g, 's'],
    [/gh/g, 'g'],
    [/[dt]h/g, (pair) => pair[0]],
    [/dj|c/g, 'j'],
    [/q/g, 'k'],
    [/(\p{L})\1+/gu, '$1'],
    [/([ae])h(?= |$)/g, '$1'],
    [/[aeiouvwy ]/g, ''],
    [/nb/g, 'mb'],
  ];
  const consonants = (bare) => {
    if (!/^[a-z ]+$/.test(bare)) return '';
    const left = SOUNDS.reduce((text, [sound, letter]) => text.replace(sound, letter), bare);
    return left.length < FEWEST ? '' : left;
  };

  // A text with and without its articles: "al-Nayrab" is found as "nayrab" and vice versa.
  const formsOf = (text) => {
    const folded = fold(text);
    const bare = folded.replace(LATIN_ARTICLE, ' ').replace(ARABIC_ARTICLE, '$1').replace(/ +/g, ' ').trim();
    return [...new Set([folded, bare])].filter(Boolean);
  };

  // Ranks: exact match, prefix, prefix of a word, substring; below them, the same consonants.
  const SOUNDS_ALIKE = 4;
  const closeness = (key, query) => {
    if (key === query) return 0;
    const at = key.indexOf(query);
    if (at === 0) return 1;
    if (at < 0) return Infinity;
    return key.includes(` ${query}`) ? 2 : 3;
  };

  const otherNames = (feature, main) => {
    const { properties } = feature;
    const names = Object.keys(properties)
      .filter((column) => NAME.test(column))
      .map((column) => properties[column]);
    const called = (properties.also_called ?? '').split(/[;,،؛]/);
    return [...new Set([...names, ...called].map((name) => name.trim()))].filter((name) => name && name !== main);
  };

  const layerRank = ({ name }) => {
    if (LAST.includes(name)) return FIRST.length + 1;
    return FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length;
  };

  const entryOf = (feature) => {
    const name = M4.features.nameOf(feature);
    const others = otherNames(feature, name);
    const { id } = feature.properties;
    const texts = [name, ...others, id, id.replace(LEADING_ZEROS, '')].flatMap((text) => [text, ...text.split('/')]);
    const keys = [...new Set(texts.flatMap(formsOf))];
    const sounds = new Set(keys.map(consonants).filter(Boolean));
    return { feature, name, others, keys, sounds, rank: layerRank(feature.layer) };
  };

  // Without the ground and single carriageways, which have no useful names, and without places repeated for claims.
  const searchable = () =>
    M4.catalogue
      .filter(({ isGround }) => !isGround)
      .flatMap(({ features }) => features)
      .filter(({ properties }) => !properties.carriageway && !properties.claims);

  // Computed once for each feature, on first use.
  const entries = new Map();
  const entry = (feature) => {
    if (!entries.has(feature)) entries.set(feature, entryOf(feature));
    return entries.get(feature);
  };

  const { compare } = new Intl.Collator(M4.locale);

  // All features that match a text, the closest first.
  M4.find = (text, features = searchable()) => {
    const queries = formsOf(text);
    const heard = queries.map(consonants).filter(Boolean);
    const scoreOf = ({ keys, sounds }) =>
      Math.min(
        ...queries.flatMap((query) => keys.map((key) => closeness(key, query))),
        heard.some((sound) => sounds.has(sound)) ? SOUNDS_ALIKE : Infinity,
      );
    return features
      .map((feature) => ({ ...entry(feature), score: scoreOf(entry(feature)) }))
      .filter(({ score }) => score < Infinity)
      .sort((one, other) => one.score - other.score || one.rank - other.rank || compare(one.name, other.name));
  };

  // Called with the feature that was selected in a dialogue.
  M4.choose = (feature) => {
    M4.closeDialogue();
    M4.closePanelOverMap();
    M4.select(feature);
  };

  // The map moves to what was found before it is selected: selecting moves it out of the details' way.
  const goTo = (map, feature) => {
    if (feature.geometry && M4.features.isOnGround(feature)) {
      const bounds = M4.features.bounds([feature]);
      const maxZoom = Math.max(map.getZoom(), NEAR_ZOOM);
      if (feature.geometry.type === 'Point') map.setView(bounds.getCenter(), maxZoom, { animate: false });
      else map.fitBounds(bounds, { maxZoom: NEAR_ZOOM, padding: [40, 40], animate: false });
    }
    M4.choose(feature);
  };

  const goToPosition = (map, { lon, lat }) => {
    M4.closeDialogue();
    M4.closePanelOverMap();
    M4.select(null);
    map.setView([lat, lon], Math.max(map.getZoom(), NEAR_ZOOM), { animate: false });
    M4.showPosition?.(map, L.latLng(lat, lon));
  };

  const isOnMap = (map, { lon, lat }) => !map.options.maxBounds || map.options.maxBounds.contains([lat, lon]);

  // What a text that is a position leads to, and one line if none of it is on the map.
  const positionsIn = (map, text) => {
    const read = M4.readPositions(text);
    const onMap = read.filter((position) => isOnMap(map, position));
    const outside = read.length && !onMap.length ? M4.text('search.outside', { place: M4.degreesText(read[0].lon, read[0].lat) }) : null;
    return { outside, hits: onMap.map((position) => ({ position, act: () => goToPosition(map, position) })) };
  };

  const contentOf = ({ position, feature, name, others }) => {
    if (position) {
      const reference = element('small', { class: 'kind', dir: 'ltr' }, M4.mgrs(position.lon, position.lat, position.side ?? 10));
      const [before, after] = M4.text('search.go_to').split('{place}');
      return [before, element('bdi', { dir: 'ltr' }, M4.degreesText(position.lon, position.lat)), after, ' ', reference];
    }
    const kind = element('small', { class: 'kind' }, feature.layer.title);
    const also = others.flatMap((other, place) => [place ? ' · ' : '', M4.ownText(other)]);
    return [M4.ownText(name), ' ', kind, also.length ? element('small', { class: 'also' }, ...also) : null];
  };

  const optionOf = (hit, at) => {
    const content = contentOf(hit);
    const option = element('li', { id: `search-option-${at}`, role: 'option', 'aria-selected': 'false' }, ...content);
    option.addEventListener('mousedown', (event) => event.preventDefault()); // the box keeps the focus
    option.addEventListener('click', hit.act);
    return option;
  };

  const messageFor = (query, found, outside) => {
    if (outside) return outside;
    if (!fold(query)) return M4.text('search.hint');
    if (!found.length) return M4.text('search.none');
    return found.length > MOST
      ? M4.text('search.many', { n: M4.count(found.length), most: M4.count(MOST) })
      : M4.text(found.length === 1 ? 'search.one' : 'search.count', { n: M4.count(found.length) });
  };

  const box = (map) => {
    const input = element('input', {
      id: 'search-input',
      type: 'text',
      role: 'combobox',
      dir: 'auto',
      autocomplete: 'off',
      autocapitalize: 'off',
      spellcheck: 'false',
      enterkeyhint: 'search',
      'aria-autocomplete': 'list',
      'aria-controls': 'search-list',
      'aria-expanded': 'false',
    });
    const list = element('ul', { id: 'search-list', role: 'listbox', 'aria-label': M4.text('search.results'), hidden: true });
    const status = element('p', { role: 'status' }, M4.text('search.hint'));
    let shown = [];
    let active = -1;

    const mark = (at) => {
      list.children[active]?.setAttribute('aria-selected', 'false');
      active = at;
      const option = list.children[active];
      option?.setAttribute('aria-selected', 'true');
      option?.scrollIntoView({ block: 'nearest' });
      if (option) input.setAttribute('aria-activedescendant', option.id);
      else input.removeAttribute('aria-activedescendant');
    };

    const update = () => {
      const { hits, outside } = positionsIn(map, input.value);
      const named = fold(input.value) && !hits.length && !outside ? M4.find(input.value) : [];
      const found = [...hits, ...named.map((one) => ({ ...one, act: () => goTo(map, one.feature) }))];
      shown = found.slice(0, MOST);
      list.replaceChildren(...shown.map(optionOf));
      list.hidden = !shown.length;
      input.setAttribute('aria-expanded', String(shown.length > 0));
      status.textContent = messageFor(input.value, found, outside);
      active = -1;
      mark(shown.length ? 0 : -1);
    };

    const around = (step) => shown.length && mark((active + step + shown.length) % shown.length);
    const KEYS = {
      ArrowDown: () => around(1),
      ArrowUp: () => around(-1),
      Enter: () => shown[active]?.act(),
    };
    input.addEventListener('input', update);
    input.addEventListener('keydown', (event) => {
      // Enter that ends the input of a character with an input method does not select anything.
      if (event.isComposing || !Object.hasOwn(KEYS, event.key)) return;
      event.preventDefault();
      KEYS[event.key]();
    });
    const label = element('label', { for: input.id }, M4.text('search.label'));
    return { input, content: element('div', { class: 'search' }, label, input, status, list) };
  };

  const open = (map) => {
    const { input, content } = box(map);
    M4.openDialogue(M4.text('search.title'), content);
    input.focus();
  };

  const isTyping = ({ target }) => target.closest?.('input, select, textarea, dialog');

  M4.showSearch = (map) => {
    const button = M4.addTool('search.title', () => open(map));
    button.setAttribute('aria-keyshortcuts', '/');
    document.addEventListener('keydown', (event) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
      event.preventDefault();
      open(map);
    });
  };
}
