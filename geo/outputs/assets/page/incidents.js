// The user's own incidents, up to hundreds of thousands: one canvas, filtered by day, grouped into cells when zoomed out.

{
  const element = M4.element;
  const PER_DEGREE = 1e5; // incident_page.py defines the encoding of the columns
  const DAY_MS = 86_400_000;
  const PANE = 'incidents';
  const HEIGHT = 580; // above the catalogue's layers, below the mark of the selection
  const NEAR_ZOOM = 12; // zoom from which each incident is a separate dot
  const FEW = 2_000; // up to this number, they are drawn separately at any zoom
  const CELL = 28; // pixels
  const DOT = 3.2;
  const REACH = 9; // distance in pixels at which a dot reacts
  const PER_KM = 10;
  const MOST_TOLD = 3; // incidents in one tooltip
  const PAD = 0.25; // share of the map's size that is drawn beyond its edges
  const TURN = 2 * Math.PI;
  // Days counted back from the day shown; null counts from the beginning, and the last takes all dates.
  const WINDOWS = { day: 1, week: 7, month: 30, until: null, all: undefined };
  const WINDOW_TEXTS = {
    day: 'incidents.of_day',
    week: 'incidents.of_week',
    month: 'incidents.of_month',
    until: 'incidents.of_until',
    all: 'incidents.of_all',
  };
  const OPENING = 'month';
  const ARRAYS = { i32: Int32Array, u16: Uint16Array, u8: Uint8Array };

  // The bytes are little-endian, as on every machine with a browser.
  const unpacked = ({ kind, data }) => {
    const text = atob(data);
    const bytes = new Uint8Array(text.length);
    for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
    return new ARRAYS[kind](bytes.buffer);
  };

  const worldOf = (lons, lats) => {
    const [xs, ys] = [new Float64Array(lons.length), new Float64Array(lats.length)];
    for (let index = 0; index < lons.length; index += 1) {
      const sine = Math.sin(((lats[index] / PER_DEGREE) * Math.PI) / 180);
      xs[index] = 128 + ((lons[index] / PER_DEGREE) * 256) / 360; // Leaflet's pixels at zoom 0
      ys[index] = 128 - (Math.log((1 + sine) / (1 - sine)) * 64) / Math.PI;
    }
    return { xs, ys };
  };

  // The first index whose day is not before this one; rows are sorted by day.
  const firstFrom = (days, day) => {
    let [low, high] = [0, days.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (days[middle] < day) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const numberOfDay = (day) => Math.round(Date.parse(`${day}T00:00:00Z`) / DAY_MS);

  const rangeOf = ({ days, undated }, day, span) => {
    if (span === undefined) return [0, days.length];
    const last = numberOfDay(day);
    const from = span === null ? undated : Math.max(undated, firstFrom(days, last - span + 1));
    return [from, Math.max(from, firstFrom(days, last + 1))];
  };

  const Drawing = L.Layer.extend({
    initialize(table) {
      this.table = table;
      this.range = [0, 0];
    },

    onAdd(map) {
      if (!map.getPane(PANE)) map.createPane(PANE).style.zIndex = HEIGHT;
      this.canvas = L.DomUtil.create('canvas', 'incidents leaflet-zoom-animated', map.getPane(PANE));
      this.tooltip = L.tooltip({ offset: [10, 0], className: 'incident' });
      // The map itself gets no events for a pointer over an interactive layer.
      L.DomEvent.on(map.getContainer(), { mousemove: this.point, click: this.point, mouseleave: this.leave }, this);
      this.draw();
    },

    onRemove(map) {
      L.DomEvent.off(map.getContainer(), { mousemove: this.point, click: this.point, mouseleave: this.leave }, this);
      this.leave();
      this.canvas.remove();
    },

    getEvents() {
      return { moveend: this.draw, resize: this.draw, zoomanim: this.zoom };
    },

    show(range) {
      this.range = range;
      if (this._map) this.draw();
    },

    zoom({ zoom, center }) {
      const scale = this._map.getZoomScale(zoom);
      const at = this._map._latLngBoundsToNewLayerBounds(this.bounds, zoom, center).min;
      L.DomUtil.setTransform(this.canvas, at, scale);
    },

    draw() {
      const map = this._map;
      const size = map.getSize();
      const margin = size.multiplyBy(PAD).round();
      const origin = map.containerPointToLayerPoint(margin.multiplyBy(-1));
      const room = size.add(margin.multiplyBy(2));
      const ratio = window.devicePixelRatio || 1;
      [this.canvas.width, this.canvas.height] = [room.x * ratio, room.y * ratio];
      Object.assign(this.canvas.style, { width: `${room.x}px`, height: `${room.y}px` });
      L.DomUtil.setTransform(this.canvas, origin, 1);
      this.bounds = L.latLngBounds(map.layerPointToLatLng(origin), map.layerPointToLatLng(origin.add(room)));
      this.context = this.canvas.getContext('2d');
      this.context.scale(ratio, ratio);
      this.corner = origin.add(map.getPixelOrigin());
      this.room = room;
      this.scale = 2 ** map.getZoom();
      this.origin = origin;
      const colour = getComputedStyle(this.canvas);
      [this.ink, this.paper] = ['--incident', '--incident-number'].map((name) => colour.getPropertyValue(name));
      const isNear = map.getZoom() >= NEAR_ZOOM || this.range[1] - this.range[0] <= FEW;
      this.cells = this.gathered(isNear ? REACH : CELL);
      if (isNear) this.drawDots();
      else this.drawCells();
      this.isNear = isNear;
    },

    // The incidents in each cell of the screen; cells keep their geographic position while the map moves.
    gathered(cell) {
      const { xs, ys } = this.table;
      const cells = new Map();
      const across = Math.ceil((256 * this.scale) / cell);
      const [left, top] = [this.corner.x, this.corner.y];
      const [right, bottom] = [left + this.room.x, top + this.room.y];
      for (let index = this.range[0]; index < this.range[1]; index += 1) {
        const [x, y] = [xs[index] * this.scale, ys[index] * this.scale];
        if (x < left || y < top || x > right || y > bottom) continue;
        const key = Math.floor(y / cell) * across + Math.floor(x / cell);
        const found = cells.get(key);
        if (found) found.push(index);
        else cells.set(key, [index]);
      }
      this.cell = cell;
      this.across = across;
      return cells;
    },

    at(index) {
      return [this.table.xs[index] * this.scale - this.corner.x, this.table.ys[index] * this.scale - this.corner.y];
    },

    drawDots() {
      const { context } = this;
      context.fillStyle = this.ink;
      context.globalAlpha = 0.6;
      for (const members of this.cells.values()) {
        for (const index of members) {
          const [x, y] = this.at(index);
          context.beginPath();
          context.arc(x, y, DOT, 0, TURN);
          context.fill();
        }
      }
    },

    middle(members) {
      let [x, y] = [0, 0];
      for (const index of members) {
        x += this.table.xs[index];
        y += this.table.ys[index];
      }
      return [(x / members.length) * this.scale - this.corner.x, (y / members.length) * this.scale - this.corner.y];
    },

    drawCells() {
      const { context } = this;
      context.textAlign = 'center';
      context.textBaseline = 'middle';
      context.font = '600 10px system-ui, sans-serif';
      const most = Math.max(...[...this.cells.values()].map(({ length }) => length), 2);
      for (const members of this.cells.values()) {
        const [x, y] = this.middle(members);
        const radius = DOT + ((CELL / 2 - DOT) * Math.log(members.length)) / Math.log(most);
        context.globalAlpha = 0.55;
        context.fillStyle = this.ink;
        context.beginPath();
        context.arc(x, y, radius, 0, TURN);
        context.fill();
        if (radius < 9) continue;
        context.globalAlpha = 1;
        context.fillStyle = this.paper;
        context.fillText(shortly(members.length), x, y);
      }
    },

    // The incidents under a point of the map, nearest first.
    under({ x, y }) {
      if (!this.isNear) {
        const key = Math.floor((y + this.corner.y) / this.cell) * this.across + Math.floor((x + this.corner.x) / this.cell);
        return this.cells.get(key) ?? [];
      }
      const found = [];
      const [column, row] = [Math.floor((x + this.corner.x) / this.cell), Math.floor((y + this.corner.y) / this.cell)];
      for (let down = -1; down <= 1; down += 1) {
        for (let right = -1; right <= 1; right += 1) {
          for (const index of this.cells.get((row + down) * this.across + column + right) ?? []) {
            const [at, below] = this.at(index);
            const distance = Math.hypot(at - x, below - y);
            if (distance <= REACH) found.push([distance, index]);
          }
        }
      }
      return found.sort(([one], [other]) => one - other).map(([, index]) => index);
    },

    point(event) {
      const found = this.under(this._map.mouseEventToLayerPoint(event).subtract(this.origin));
      if (!found.length) return this.leave();
      const isList = this.isNear || found.length <= MOST_TOLD;
      const many = () => element('span', {}, M4.text('incidents.here', { n: M4.count(found.length) }));
      this.tooltip.setContent(isList ? told(this.table, found) : many());
      this._map.getContainer().classList.add('on-incident');
      this.tooltip.setLatLng(this._map.mouseEventToLatLng(event));
      return this._map.openTooltip(this.tooltip);
    },

    leave() {
      this._map.getContainer().classList.remove('on-incident');
      this._map.closeTooltip(this.tooltip);
    },
  });

  const compact = new Intl.NumberFormat(M4.locale, { notation: 'compact', maximumFractionDigits: 1 });
  const shortly = (number) => compact.format(number);

  const wordOf = ({ codes, texts }, index) => texts[codes[index] - 1] ?? null;

  const dayOf = (table, index) => {
    if (index < table.undated) return M4.text('incidents.undated');
    return M4.dates.label(new Date(table.days[index] * DAY_MS).toISOString().slice(0, 10));
  };

  const whereOf = (table, index) => {
    const side = wordOf(table.side, index);
    return side && M4.text(`incidents.${side}`, { km: M4.count(table.chainage[index] / PER_KM) });
  };

  const postOf = (table, index) => {
    const post = table.posts.get(wordOf(table.post, index));
    return post ? M4.text('incidents.post', { name: M4.features.nameOf(post) }) : null;
  };

  const lineOf = (table, index) => {
    const computed = [whereOf(table, index), postOf(table, index)].filter((text) => text !== null);
    const own = table.columns
      .map((column) => [column.name, wordOf(column, index)])
      .filter(([, word]) => word !== null)
      .map(([name, word]) => element('span', {}, M4.ownText(name), ': ', M4.ownText(word)));
    const day = element('strong', {}, dayOf(table, index));
    return element('li', {}, day, ...computed.map((text) => M4.ownText(text)), ...own);
  };

  const told = (table, found) => {
    const more = found.length - MOST_TOLD;
    return element(
      'ul',
      {},
      ...found.slice(0, MOST_TOLD).map((index) => lineOf(table, index)),
      more > 0 ? element('li', {}, M4.text('incidents.more', { n: M4.count(more) })) : null,
    );
  };

  const words = (column) => ({ ...column, codes: unpacked(column.codes) });

  const postsById = () => {
    const posts = M4.catalogue.find(({ name }) => name === 'observation_posts')?.features ?? [];
    return new Map(posts.map((post) => [post.properties.id, post]));
  };

  const tableOf = ({ lon, lat, day, chainage, side, post, columns, ...rest }) => ({
    ...rest,
    ...worldOf(unpacked(lon), unpacked(lat)),
    days: unpacked(day),
    chainage: unpacked(chainage),
    side: words(side),
    post: words(post),
    posts: postsById(),
    columns: columns.map(words),
  });

  const countsOf = (table, [from, to]) => {
    const counts = new Map(table.side.texts.map((text) => [text, 0]));
    for (let index = from; index < to; index += 1) {
      const side = wordOf(table.side, index);
      if (side) counts.set(side, counts.get(side) + 1);
    }
    return counts;
  };

  // The number of incidents on one side of the road, and the name of that side.
  const countOf = (name, counts, at) => {
    const { side } = M4.agreement.sides[at];
    return { [name]: M4.count(counts.get(side) ?? 0), [`${name}_side`]: M4.text(`value.side.${side}`) };
  };

  // A section of the panel: on or off, which days, how many and where.
  const section = (map) => {
    const table = tableOf(M4.incidents);
    const drawing = new Drawing(table).addTo(map);
    const box = element('input', { type: 'checkbox', checked: true });
    box.addEventListener('change', () => (box.checked ? map.addLayer(drawing) : map.removeLayer(drawing)));
    const options = Object.keys(WINDOWS).map((name) =>
      element('option', { value: name, selected: name === OPENING }, M4.text(WINDOW_TEXTS[name])),
    );
    const span = element('select', {}, ...options);
    const status = element('p', { class: 'remark', role: 'status' });
    const unplaced = element('p', { class: 'remark' });
    const follow = () => {
      const range = rangeOf(table, M4.state.day, WINDOWS[span.value]);
      drawing.show(range);
      const counts = countsOf(table, range);
      status.textContent = M4.text('incidents.count', {
        n: M4.count(range[1] - range[0]),
        all: M4.count(table.days.length),
        ...countOf('first', counts, 0),
        ...countOf('second', counts, 1),
      });
      unplaced.textContent = table.unplaced ? M4.text('incidents.unplaced', { n: M4.count(table.unplaced) }) : '';
    };
    span.addEventListener('change', follow);
    M4.follow(['day'], follow);
    M4.symbols.darkScheme.addEventListener('change', () => drawing._map && drawing.draw());
    const title = element('span', {}, M4.text('incidents.title'), ' ', M4.ownText(table.file));
    return element(
      'section',
      { class: 'incidents-section' },
      element('div', { class: 'layer' }, element('label', {}, box, title)),
      element('label', { class: 'span' }, M4.text('incidents.span'), ' ', span),
      status,
      unplaced,
      element('p', { class: 'remark' }, M4.text('incidents.how')),
    );
  };

  M4.showIncidents = (map) => document.getElementById('panel').prepend(section(map));
}
