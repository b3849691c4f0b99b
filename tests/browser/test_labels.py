"""Names on the map: from their zoom on every place in view has one, and none is on another or cut off."""

import itertools

import pytest

from geo.outputs.style import GROUND_NAME_TYPES, NAME_TYPES, STYLES

# Loaded into the page: what the map names at a view, and what is wrong with it.
PROBE = """() => {
  const layer = (name) => M4.catalogue.find((one) => one.name === name);
  const map = map_reference;
  const isInside = ({ x, y }, { width, height }, margin) =>
    x > margin && y > margin && x < width - margin && y < height - margin;

  const named = () => {
    const frame = map.getContainer().getBoundingClientRect();
    return [...document.querySelectorAll('.map .label')].map((node) => {
      const { left, top, right, bottom } = node.getBoundingClientRect();
      const [across, down] = [frame.left, frame.top];
      const box = { left: left - across, right: right - across, top: top - down, bottom: bottom - down };
      const text = [node.dataset.number, node.textContent].filter(Boolean).join(' · ');
      return { text, type: node.className, ...box };
    });
  };

  const overlap = (one, other) =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

  const view = (at, zoom) => {
    map.setView(at, zoom, { animate: false });
    M4.placeLabels();
  };

  // The features that must have a name, with it.
  const wanted = () => {
    const drawn = (name) => M4.features.drawn(layer(name), M4.state.day);
    const places = drawn('places').map((one) => [one, M4.features.nameOf(one)]);
    const posts = drawn('observation_posts').filter(({ properties }) => properties.number);
    const withNumber = (one) => `${M4.count(one.properties.number)} · ${M4.features.nameOf(one)}`;
    return [...places, ...posts.map((one) => [one, withNumber(one)])];
  };

  const faults = () => {
    const frame = map.getContainer().getBoundingClientRect();
    const all = named();
    const isIn = (box) => box.left >= 0 && box.top >= 0 && box.right <= frame.width && box.bottom <= frame.height;
    const isOut = (box) => !overlap(box, { left: 0, top: 0, right: frame.width, bottom: frame.height });
    const whole = all.filter(isIn).map(({ text }) => text);
    const inView = wanted().filter(([one]) =>
      isInside(map.latLngToContainerPoint(M4.features.latLngs(one)), frame, 3));
    const missing = inView.map(([, name]) => name).filter((name) => {
      const index = whole.indexOf(name);
      if (index >= 0) whole.splice(index, 1); // each name is of one place
      return index < 0;
    });
    const on = all
      .filter((one, at) => all.slice(at + 1).some((other) => overlap(one, other)))
      .map(({ text }) => text);
    const cut = all.filter((one) => !isIn(one) && !isOut(one)).map(({ text }) => text);
    return { missing, on, cut, inView: inView.map(([{ properties }]) => properties.id) };
  };

  // As many views as are needed to see everything that must have a name.
  const tour = (zoom) => {
    const seen = new Set();
    const found = { missing: [], on: [], cut: [] };
    for (const [feature] of wanted()) {
      if (seen.has(feature.properties.id)) continue;
      view(M4.features.latLngs(feature), zoom);
      const { inView, ...wrong } = faults();
      for (const id of inView) seen.add(id);
      for (const [kind, names] of Object.entries(wrong)) found[kind].push(...names);
    }
    return { ...found, seen: seen.size };
  };

  const place = (id) => layer('places').features.find(({ properties }) => properties.id === id);
  const post = (id) => layer('observation_posts').features.find(({ properties }) => properties.id === id);
  const isNamed = (id, zoom) => {
    view(M4.features.latLngs(place(id)), zoom);
    return named().some(({ text }) => text === M4.features.nameOf(place(id)));
  };
  window.labels = { view, named, tour, place, post, isNamed };
}"""

LANGUAGES = ("en", "ar")
WIDTHS = ((1280, 800), (390, 844))
DAYS = ("2018-10-20", "2020-03-06", "2021-03-31")
ZOOMS = (9, 9.5, 10, 11, 12, 13, 14, 15, 16)


@pytest.fixture
def probed(visit, html):
    """Open the page, with the probe in it: ``probed(language, size)``."""

    def open_page(language="en", size=WIDTHS[0], **options):
        width, height = size
        opened = visit(html, locale=language, width=width, height=height, **options)
        opened.page.wait_for_timeout(200)  # until the names are placed for the first time
        opened.page.evaluate(PROBE)
        return opened

    return open_page


@pytest.mark.parametrize("size", WIDTHS, ids=["wide", "phone"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_from_zoom_12_every_place_in_view_and_every_official_post_is_named(probed, layers, language, size):
    page = probed(language, size).page
    places = sum(1 for one in layers["places"].features if one.geometry is not None)
    for zoom in (12, 13, 14, 16):
        found = page.evaluate("(zoom) => labels.tour(zoom)", zoom)
        seen = found.pop("seen")
        assert found == {"missing": [], "on": [], "cut": []}, zoom
        assert seen > places - 10 + 12  # all but the cities far away


@pytest.mark.parametrize(("language", "size"), tuple(zip(LANGUAGES, WIDTHS, strict=True)))
def test_the_towns_on_the_road_are_named_at_every_zoom_from_9_on_all_days(probed, language, size):
    opened = probed(language, size)
    for day, zoom in itertools.product(DAYS, ZOOMS):
        opened.set_day(day)
        for place in ("saraqib", "ariha", "jisr-al-shughur"):
            assert opened.page.evaluate("([id, zoom]) => labels.isNamed(id, zoom)", [place, zoom]), (place, day, zoom)


@pytest.mark.parametrize("language", LANGUAGES)
def test_below_zoom_12_no_name_is_on_another_or_cut_off(probed, language):
    page = probed(language).page
    for zoom in (9, 10, 11):
        found = page.evaluate("(zoom) => labels.tour(zoom)", zoom)
        assert (found["on"], found["cut"]) == ([], []), zoom


def test_posts_are_named_from_zoom_12_the_others_from_13_and_not_twice_where_a_place_has_their_name(probed):
    page = probed().page
    texts = "(([id, zoom]) => { labels.view(M4.features.latLngs(labels.post(id)), zoom); return labels.named() })"

    def posts(post, zoom):
        return [label["text"] for label in page.evaluate(texts, [post, zoom]) if "post" in label["type"]]

    assert posts("post-09-morek", 11.5) == []
    assert "9 · Morek" in posts("post-09-morek", 12)
    assert "Mardikh" not in posts("post-mardikh", 12)
    assert "Mardikh" in posts("post-mardikh", 13)
    assert "al-Nayrab" not in posts("post-al-nayrab", 13)


def test_a_name_that_is_far_from_its_point_has_a_line_from_it(probed):
    opened = probed()
    opened.set_day("2020-12-31")
    opened.page.evaluate("labels.view(M4.features.latLngs(labels.place('jisr-al-shughur')), 9)")
    found = opened.page.evaluate(
        """() => {
          const { x, y } = map_reference.latLngToContainerPoint(M4.features.latLngs(labels.place('jisr-al-shughur')));
          const label = labels.named().find(({ text }) => text === 'Jisr al-Shughur');
          const path = document.querySelector('.leaders .line');
          const frame = map_reference.getContainer().getBoundingClientRect();
          const { e, f } = path.getScreenCTM();
          const ends = path.getAttribute('d').split('M').slice(1).map((one) => one.split('L').map((end) => {
            const [across, down] = end.split(' ').map(Number);
            return [across + e - frame.left, down + f - frame.top];
          }));
          const toBox = ([across, down]) => Math.hypot(
            Math.max(label.left - across, across - label.right, 0), Math.max(label.top - down, down - label.bottom, 0));
          return {
            away: toBox([x, y]),
            lines: ends.map(([from, to]) => [Math.hypot(from[0] - x, from[1] - y), toBox(to)]),
          };
        }"""
    )
    assert found["away"] > 18
    assert any(from_point < 6 and to_name < 2 for from_point, to_name in found["lines"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_cities_towns_posts_and_localities_have_names_of_different_type(probed, scheme):
    page = probed(color_scheme=scheme).page
    looks = page.evaluate(
        """(types) => types.map((type) => {
          const node = M4.element('div', { class: `label ${type}` }, 'Idlib');
          document.querySelector('.leaflet-labels-pane').append(node);
          const { fontSize, fontWeight, color } = getComputedStyle(node);
          node.remove();
          return [parseFloat(fontSize), Number(fontWeight), color];
        })""",
        list(NAME_TYPES),
    )
    sizes = [size for size, _, _ in looks]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(map(tuple, looks))) == len(NAME_TYPES)
    used = {naming.type for style in STYLES.values() for naming in (*style.names.values(), *style.own_names.values())}
    assert used == {*NAME_TYPES, *GROUND_NAME_TYPES}


def test_on_paper_the_names_are_whole_and_none_is_on_another(probed):
    page = probed(size=(1000, 700)).page
    for zoom in (9, 12):
        page.evaluate("(zoom) => labels.view(M4.features.latLngs(labels.place('saraqib')), zoom)", zoom)
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        boxes = page.evaluate("labels.named()")
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert "Saraqib" in [box["text"] for box in boxes]
        for one, other in itertools.combinations(boxes, 2):
            apart = one["right"] <= other["left"] or other["right"] <= one["left"]
            assert apart or one["bottom"] <= other["top"] or other["bottom"] <= one["top"], (one, other)
