"""The address as a link to the view, every layer as a file, what About says, and coordinates to copy."""

import csv
import dataclasses
import io
import json
import re

import pytest
from playwright.sync_api import expect
from pyproj import Transformer
from shapely import hausdorff_distance
from shapely.geometry import shape

from geo.inputs.catalog import CATALOGUE, GROUND, LayerSpec
from geo.inputs.frames import json_rows
from geo.outputs.page import render_page
from geo.outputs.style import style_of
from geo.outputs.texts import texts_of
from tests.samples import each_language

# A road network is a long cell.
csv.field_size_limit(10_000_000)
STYLED = [spec for spec in CATALOGUE if spec.classes]
SHOWN = [spec.name for spec in STYLED if style_of(spec).shown]
MOREK = "observation_posts/post-09-morek"
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201"]
PLAIN = ['say "so", and\r\nthen; more', " spaces "]
SEEN = (
    "({ day: M4.state.day, feature: M4.state.selected && M4.state.selected.properties.id,"
    " layers: M4.catalogue.map(({ name }) => name).filter((name) => map_reference.hasLayer(M4.drawings.get(name))),"
    " zoom: map_reference.getZoom(), lat: +map_reference.getCenter().lat.toFixed(4),"
    " lon: +map_reference.getCenter().lng.toFixed(4) })"
)
HASH = "window.location.hash"


def wait_for_hash(page, pattern):
    page.wait_for_function("(pattern) => new RegExp(pattern).test(window.location.hash)", arg=pattern, timeout=5000)


def same(seen, expected):
    """Say whether two views are the same but for a pixel or two, which the centre moves when the map is resized."""
    near = all(abs(seen[axis] - expected[axis]) < 0.003 for axis in ("lat", "lon"))
    return near and {**seen, "lat": 0, "lon": 0} == {**expected, "lat": 0, "lon": 0}


# ---- Link ----


def test_a_link_restores_day_view_layers_and_feature(opened, page):
    opened.reopen(f"day=2020-11-05&map=11/35.8123/36.5012&layers=corridor,m4,basemap&feature={MOREK}")
    layers = [name for name in SHOWN if name in (*GROUND, "corridor", "m4")]
    place = {"zoom": 11, "lat": 35.8123, "lon": 36.5012}
    assert same(page.evaluate(SEEN), {"day": "2020-11-05", "feature": "post-09-morek", "layers": layers, **place})
    assert "5 November 2020" in page.locator("#as-of").inner_text()
    assert page.locator("#details h2").inner_text() == "Morek"
    assert not page.get_by_label("Turkish observation posts", exact=True).is_checked()


def test_a_link_from_before_the_ground_was_one_layer_shows_all_of_it(opened, page):
    opened.reopen("layers=basemap,m4")
    assert page.evaluate(SEEN)["layers"] == [*GROUND, "m4"]
    assert page.locator("img.relief").count() == 1
    opened.reopen("layers=m4")
    assert page.evaluate(SEEN)["layers"] == ["m4"]


@pytest.mark.parametrize(
    "damaged",
    [
        f"day%3D2020-11-05%26lang%3Dar%26feature%3D{MOREK}",
        f"day=2020-11-05&amp;lang=ar&amp;feature={MOREK}.",
        f"day=2020-11-05%26lang=AR%26feature={MOREK.replace('/', '%2F')}%3E",
        f"lang=AR&day=2020-11-05.&feature={MOREK}%E2%80%8F).",
        f"day%3d2020-11-05%26amp%3Blang%3dar&amp%3Bfeature={MOREK}\u00bb",
    ],
)
def test_a_link_that_a_mail_client_has_damaged_is_understood(opened, page, damaged):
    opened.reopen(damaged)
    seen = page.evaluate(SEEN)
    assert (seen["day"], seen["feature"]) == ("2020-11-05", "post-09-morek")
    assert page.evaluate("document.documentElement.lang") == "ar"


@pytest.mark.parametrize(
    "nonsense",
    ["day%3D", "%26%26day", "&amp;&amp;", "lang=ARA", "feature=%3Cimg%20src%3Dx%3E", "day=2020-11-05%26x%3D1"],
)
def test_what_is_no_link_is_ignored(opened, page, nonsense):
    first = page.evaluate(SEEN)
    opened.reopen(nonsense)
    assert same(page.evaluate(SEEN), first)
    assert page.evaluate("document.documentElement.lang") == "en"


def test_what_the_reader_chooses_is_in_the_link_and_back_forward_and_the_link_lead_to_it(opened, page):
    first = page.evaluate(SEEN)
    page.wait_for_timeout(600)
    assert page.evaluate(HASH) == ""  # the opening state needs no link
    steps = page.evaluate("window.history.length")
    page.evaluate("['2020-04-01', '2020-04-02', '2020-08-25'].forEach((day) => M4.setState({ day }))")
    wait_for_hash(page, "day=2020-08-25")
    assert page.evaluate("window.history.length") == steps + 1  # days in quick succession are one step
    opened.select("observation_posts", "post-09-morek")
    page.wait_for_timeout(600)
    opened.unfold()
    page.get_by_label("Places", exact=True).uncheck()
    last = page.evaluate(SEEN)
    assert "places" not in last["layers"]
    page.go_back()
    assert page.get_by_label("Places", exact=True).is_checked()
    assert page.evaluate(SEEN)["feature"] == "post-09-morek"
    page.go_back()
    assert page.locator("#details").is_hidden()
    assert page.evaluate(SEEN)["day"] == "2020-08-25"
    page.go_back()
    assert same(page.evaluate(SEEN), first)
    assert page.evaluate(HASH) == ""
    for _ in range(3):
        page.go_forward()
    assert same(page.evaluate(SEEN), last)
    steps = page.evaluate("window.history.length")
    for lon in (36.3, 36.4):  # moves of the map are in the link, but are no steps
        opened.set_view(35.75, lon, 11)
        wait_for_hash(page, f"map=11/35.7500/{lon}")
    assert page.evaluate("window.history.length") == steps
    moved = page.evaluate(SEEN)
    opened.reopen(page.evaluate(HASH)[1:])
    assert same(page.evaluate(SEEN), moved)


def test_a_resized_window_does_not_count_as_a_choice_of_view(page):
    page.set_viewport_size({"width": 1000, "height": 600})
    page.wait_for_timeout(800)
    assert page.evaluate(HASH) == ""


REFUSED = {
    "en": "The link asks for a day that the map does not cover (4 May 2017 to 31 March 2021). Shown instead: 6 March",
    "fr": "Le lien demande un jour que la carte ne couvre pas",
    "ar": "يطلب الرابط يوماً لا تغطيه الخريطة",
    "tr": "Bağlantı, haritanın kapsamadığı bir günü istiyor",
}


def test_a_day_that_the_map_does_not_cover_is_refused_in_every_language(opened, page):
    note = page.locator("#date-note")
    for day, language in zip(("2030-01-01", "2017-05-03", "0001-01-01", "2021-04-01"), REFUSED, strict=True):
        opened.reopen(f"day={day}&lang={language}&feature={MOREK}")
        assert note.get_attribute("role") == "status"
        assert note.is_visible()
        assert note.inner_text().startswith(REFUSED[language])
        seen = page.evaluate(SEEN)
        assert (seen["day"], seen["feature"]) == ("2020-03-06", "post-09-morek")
        assert day not in page.evaluate(HASH)
        opened.set_day("2020-08-25")
        assert note.inner_text() == ""
        page.evaluate("(hash) => { window.location.hash = hash; }", f"day={day}&lang={language}")
        page.wait_for_function("() => M4.state.day === '2020-03-06'", timeout=5000)
        assert note.inner_text() != ""


BAD_AT_OPENING = [
    "day=<img src=x onerror=window.HIT=1>&feature=<svg onload=window.HIT=1>&lang=%3Cscript%3E",
    "day=%E0%A4%A&map=%&feature=%ZZ/%",
    "layers=nothing,constructor,__proto__&feature=constructor/toString&map=99/999/999",
    "day=2020-11-05&layers=" + "m4," * 30_000,
]
BAD = [
    *BAD_AT_OPENING,
    "<script>window.HIT=1</script>",
    "javascript:window.HIT=1",
    "day=2020-02-30&map=10/NaN/Infinity&layers=,,,",
    "day=%00&feature=%00/%00&layers=%00",
    "feature=observation_posts/no-such-post&map=1e3/35/36",
    "__proto__=1&constructor=x&toString=y&hasOwnProperty=z",
    "day=2020-03-06T00:00:00Z&map=11/0/0&&&===&=&day",
    "\u202e\u2066#?&%23day=2020-11-05",
]


def test_a_bad_link_is_as_if_it_were_not_there(opened, page):
    usual = page.evaluate(SEEN)
    for bad in BAD:
        page.evaluate("(hash) => { window.location.hash = 'day=2020-11-05'; window.location.hash = hash; }", bad)
        page.wait_for_timeout(100)
        assert same(page.evaluate(SEEN), usual), bad
    for bad in BAD_AT_OPENING:
        opened.reopen(bad)
        assert same(page.evaluate(SEEN), usual), bad
        assert page.locator("#details").is_hidden()
        assert page.evaluate("window.HIT") is None


@pytest.mark.parametrize("width", [360, 1280])
def test_a_link_to_a_feature_opens_with_it_beside_its_details(visit, html, width):
    opened = visit(html, width=width, height=740)
    opened.reopen("feature=claims/ariha&day=2020-06-01")
    opened.page.wait_for_timeout(500)
    at, details, frame = opened.page.evaluate(
        "(() => { const box = (one) => document.querySelector(one).getBoundingClientRect().toJSON();"
        " const { x, y } = map_reference.latLngToContainerPoint(M4.features.latLngs(M4.state.selected));"
        " return [[x, y], box('#details'), box('main')] })()"
    )
    x, y = at[0] + frame["left"], at[1] + frame["top"]
    assert frame["left"] < x < frame["right"]
    assert frame["top"] < y < frame["bottom"]
    assert not (details["left"] < x < details["right"] and details["top"] < y < details["bottom"])


# ---- Downloads ----

AS_TEXT = "([name, kind]) => M4.layerAsText(M4.catalogue.find((layer) => layer.name === name), kind)"


def downloaded(page, layer, kind):
    row = page.locator(".downloads li").filter(has_text=re.compile(f"^{re.escape(layer.title)}features"))
    with page.expect_download(timeout=8000) as event:
        row.get_by_text(kind, exact=True).click()
    assert event.value.suggested_filename == f"idlib_m4_{layer.name}_2020-03-06.{kind.lower()}"
    return event.value.path().read_bytes().decode("utf-8")


def read_csv(text):
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_every_layer_downloads_whole_as_geojson_and_csv(opened, page, layers, derived):
    opened.tool("Download")
    posts = next(spec for spec in STYLED if spec.name == "observation_posts")
    for kind in ("GeoJSON", "CSV"):
        assert downloaded(page, posts, kind) == page.evaluate(AS_TEXT, [posts.name, kind.lower()])
    for spec in STYLED:
        frame = layers.frame(spec.name) if isinstance(spec, LayerSpec) else derived.layers[spec.name]
        rows = [{name: value for name, value in row.items() if value is not None} for row in json_rows(frame)]
        collection = json.loads(page.evaluate(AS_TEXT, [spec.name, "geojson"]))
        assert collection["type"] == "FeatureCollection"
        assert "ODbL" in collection["licence"]
        assert {"publisher", "licence"} == set(collection["credits"][0])
        for feature, row in zip(collection["features"], rows, strict=True):
            feature["properties"].pop("status_on_day", None)
            assert (feature["type"], feature["properties"]) == ("Feature", row)
        table = read_csv(page.evaluate(AS_TEXT, [spec.name, "csv"]))
        assert [row["id"] for row in table] == [row["id"] for row in rows]
        placed = [row for row in table if row.get("wkt") or row.get("longitude")]
        assert len(placed) == len([one for one in collection["features"] if one["geometry"]])


def test_an_area_is_drawn_as_far_as_the_border_and_downloads_in_its_agreed_shape(page, layers):
    drawn = "({ name }) => M4.catalogue.find((layer) => layer.name === name).features.map((one) => one.drawn)"
    cut = page.evaluate(drawn, {"name": "deescalation_zone"})
    whole = json.loads(page.evaluate(AS_TEXT, ["deescalation_zone", "geojson"]))["features"]
    zones = layers.frame("deescalation_zone").geometry
    for part, feature, zone in zip(cut, whole, zones, strict=True):
        assert hausdorff_distance(shape(feature["geometry"]), zone) < 0.001
        assert zone.area - shape(part).area > 0.001  # about 10 km²


def test_no_cell_of_a_csv_file_is_taken_for_a_formula_and_nothing_is_lost(page):
    as_csv = "(properties) => M4.layerAsText({ features: [{ layer: {}, geometry: null, properties }] }, 'csv')"
    for text in [*FORMULAS, *PLAIN]:
        [row] = read_csv(page.evaluate(as_csv, {"name_en": text, "number": -1.5}))
        assert row == {"name_en": f"'{text}" if text in FORMULAS else text, "number": "-1.5"}


def test_a_layer_without_features_downloads_too(visit, shipped):
    empty = shipped.derived.layers["patrol_segments"].iloc[:0]
    none = dataclasses.replace(shipped.derived, layers={**shipped.derived.layers, "patrol_segments": empty})
    page = visit(render_page(dataclasses.replace(shipped, derived=none))).page
    assert json.loads(page.evaluate(AS_TEXT, ["patrol_segments", "geojson"]))["features"] == []
    assert page.evaluate(AS_TEXT, ["patrol_segments", "csv"]) == "\ufeff\r\n"


# ---- About ----


def test_about_quotes_the_agreement_and_names_build_licences_limits_and_inferences(visit, shipped, layers):
    opened = visit(render_page(dataclasses.replace(shipped, build_id="0123456789ab")))
    opened.tool("About")
    dialogue = opened.page.locator("#dialogue")
    text = dialogue.text_content()
    terms = layers.agreement
    clauses = (terms.ceasefire, terms.corridor, terms.patrols)
    for expected in (
        *(term.quote for term in clauses),
        *(f"Clause {term.clause}" for term in clauses),
        terms.title,
        "0123456789ab",
        "OpenStreetMap contributors, ODbL 1.0",
        "BSD 2-Clause",
        "Copyright (c) 2010-2022, Vladimir Agafonkin",
        'THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS"',
        "imply no endorsement",
        "Not for navigation or targeting",
        "is an inference",
        "no position is known",
        "has given no address for reporting mistakes",
    ):
        assert expected.lower() in text.lower(), expected
    for credit in opened.page.evaluate("M4.credits"):
        assert credit["publisher"] in text
        assert credit["licence"] in text
    for link in dialogue.locator("a").all():
        assert link.get_attribute("href").startswith(("http://", "https://"))
        assert link.get_attribute("rel") == "noopener noreferrer"


@each_language
def test_about_and_details_say_of_each_side_who_is_to_patrol_it_and_who_announced_that(visit, html, layers, language):
    opened = visit(html)
    opened.reopen(f"lang={language}")
    page, texts = opened.page, texts_of(layers, language)
    opened.tool(texts["about.tool"])
    terms = page.locator("#dialogue .term").all_inner_texts()
    paragraphs = page.locator("#dialogue p").all_inner_texts()
    page.keyboard.press("Escape")
    for side in layers.agreement.sides:
        day = page.evaluate("(day) => M4.dates.label(day)", side.stated_on)
        who, by = (texts.get(f"value.patrolled_by.{party}", party) for party in (side.patrolled_by, side.stated_by))
        label = "(side) => M4.catalogue.find(({ name }) => name === 'corridor').symbols.get(side).label"
        name = page.evaluate(label, side.side)
        [told] = [text for text in terms if text.startswith(name)]
        assert texts["about.side"].format(side=name, who=who, by=by, day=day) in told
        assert (side.note_in.get(language) or side.note) in told
        assert texts["about.sources"] in told
        assert side.note not in paragraphs  # nowhere but with its side
        opened.select("corridor", f"corridor_{side.side}")
        term = page.locator("#details dt", has_text=texts["column.patrolled_by_stated"].format(by=by, day=day))
        assert term.locator("xpath=following-sibling::dd[1]").inner_text() == who
        titles = page.locator("#details dt").all_inner_texts()
        assert not {texts["column.patrolled_by"], texts["column.stated_by"]} & set(titles)


@each_language
def test_about_has_the_protocol_and_the_texts_around_it_in_the_language_of_the_page(visit, html, layers, language):
    opened = visit(html)
    opened.reopen(f"lang={language}")
    page, texts, agreed = opened.page, texts_of(layers, language), layers.agreement
    opened.tool(texts["about.tool"])
    section = page.locator("#dialogue section", has=page.get_by_role("heading", name=texts["about.agreement"]))
    text = section.text_content()

    def own(english, translated):
        return translated.get(language, english)

    for clause in (agreed.ceasefire, agreed.corridor, agreed.patrols, agreed.closing):
        term = section.locator(".term", has=page.locator("blockquote", has_text=own(clause.quote, clause.quote_in)))
        is_official = language in clause.official
        mark = term.locator(".clause").inner_text()
        assert mark.endswith(texts["about.official" if is_official else "about.ours"])
        assert term.locator("> blockquote").get_attribute("lang") == language
        others = [one.get_attribute("lang") for one in term.locator("details blockquote").all()]
        assert others == [one for one in clause.official if one != language]
        if clause.note:
            assert own(clause.note, clause.note_in) in term.inner_text()
    assert agreed.preamble.in_language(language) in text
    documents = [*agreed.earlier, *agreed.later]
    for document, shown in zip(documents, section.locator("> details").all(), strict=True):
        assert shown.get_attribute("open") is None  # collapsed
        assert own(document.title, document.title_in) in shown.locator("summary").inner_text()
        items = shown.locator("li").all_text_contents()
        assert len(items) == len(document.points)
        for point, item in zip(document.points, items, strict=True):
            assert point.in_language(language) in item
            assert own(point.note or "", point.note_in) in item
    assert not [one for one in section.locator("p, blockquote, summary").all_text_contents() if "about." in one]


@each_language
def test_about_lists_every_correction_with_its_feature_and_sources(visit, html, layers, language):
    opened = visit(html)
    opened.reopen(f"lang={language}")
    page, texts = opened.page, texts_of(layers, language)
    opened.tool(texts["about.tool"])
    section = page.locator("#dialogue section", has=page.get_by_role("heading", name=texts["about.corrected"]))
    rows = sorted((row.properties for row in layers["corrections"].features), key=lambda row: (row.date, row.id))
    assert section.locator("details").get_attribute("open") is None  # collapsed
    items = section.locator("li")
    assert items.count() == len(rows)
    for row, item in zip(reversed(rows), items.all_text_contents(), strict=True):
        assert all(text in item for text in (row.before, row.after) if text)
        assert page.evaluate("(day) => M4.dates.label(day)", row.date) in item
        assert (texts["about.sources"] in item) == bool(row.sources)


def test_a_map_without_corrections_has_no_log(visit, shipped, layers):
    rest = {name: layer for name, layer in layers.items() if name != "corrections"}
    bare = dataclasses.replace(shipped, layers=dataclasses.replace(layers, by_name=rest))
    opened = visit(render_page(bare))
    opened.tool("About")
    assert opened.page.get_by_role("heading", name="What was corrected").count() == 0


CORRECTIONS = {
    "corrections@example.org": ["mailto:corrections@example.org"],
    "https://example.org/errata": ["https://example.org/errata"],
    "javascript:alert(1)": [],
    "<img src=x onerror=alert(1)>": [],
    "data:text/html,<script>alert(1)</script>": [],
    "the editor, by post": [],
}


def test_corrections_are_a_link_only_to_the_web_or_to_mail(opened, page):
    for corrections, links in CORRECTIONS.items():
        page.evaluate("(corrections) => { M4.corrections = corrections; }", corrections)
        opened.tool("About")
        section = page.locator("#dialogue section").last
        assert corrections in section.text_content()
        assert [link.get_attribute("href") for link in section.locator("a").all()] == links
        page.keyboard.press("Escape")


# ---- Coordinates ----

BANDS = dict(zip(range(-80, 80, 8), "CDEFGHJKLMNPQRSTUVWX", strict=True))
LETTERS = [letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if letter not in "IO"]
DIGITS = {1: 5, 50: 4, 100: 3, 500: 3, 2000: 2, 15_000: 1, 200_000: 1}


def reference(lon, lat, digits):
    """Return the MGRS reference by PROJ's UTM and the published tables of letters."""
    zone = int((lon + 180) // 6) + 1
    transformer = Transformer.from_crs(4326, (32600 if lat >= 0 else 32700) + zone, always_xy=True)
    easting, northing = transformer.transform(lon, lat)
    band = BANDS[min(72, int(lat // 8) * 8)]
    column = LETTERS[((zone - 1) % 3) * 8 + int(easting // 100_000) - 1]
    row = LETTERS[(int(northing // 100_000) + (0 if zone % 2 else 5)) % 20]
    halves = " ".join(f"{int(metres % 100_000):05d}"[:digits] for metres in (easting, northing))
    return f"{zone}{band} {column}{row} {halves}"


def test_the_grid_reference_is_that_of_proj_and_claims_no_more_than_is_known(page):
    places = [(35 + step * 0.0731, 34.5 + step * 0.0417) for step in range(60)]  # zones 36 and 37
    places += [(-70.5, -33.45), (151.2, -33.87), (0.5, 51.5), (-0.1, 0.01), (-0.1, -0.01)]
    places += [(35.99999, 35.8), (36.00001, 35.8)]
    found = page.evaluate("(places) => places.map(([lon, lat]) => M4.mgrs(lon, lat, 1))", places)
    assert found == [reference(lon, lat, 5) for lon, lat in places]
    for precision_m, digits in DIGITS.items():
        found = page.evaluate("(precision) => M4.mgrs(36.5, 35.8, precision)", precision_m)
        assert found == reference(36.5, 35.8, digits), precision_m
    assert page.evaluate("M4.mgrs(36.5, 35.8)") == reference(36.5, 35.8, 3)
    assert page.evaluate("[M4.mgrs(0, 89), M4.mgrs(0, NaN), M4.mgrs(200, 0)]") == [None] * 3


def test_the_details_of_a_point_give_its_coordinates_to_copy(visit, html, layers):
    opened = visit(html, permissions=["clipboard-read", "clipboard-write"])
    page = opened.page
    opened.select("observation_posts", "post-09-morek")
    [post] = [one for one in layers["observation_posts"].features if one.properties.id == "post-09-morek"]
    written = f"{post.geometry.x:.4f}, {post.geometry.y:.4f}"
    section = page.locator("#details section", has=page.get_by_role("heading", name="Coordinates"))
    assert written in section.inner_text()
    assert "37S" in section.inner_text()
    copy = section.get_by_role("button").last
    copy.click()
    expect(copy).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == written
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    opened.select("observation_posts", "post-11-ishtabraq")
    button = section.get_by_role("button").first
    button.click()
    assert button.inner_text() == "Selected; now copy it"
    assert page.evaluate("String(window.getSelection())").startswith("37S")
    opened.select("corridor", "corridor")
    assert section.count() == 0
