import csv
import dataclasses
import io
import json
import re

import pytest
from playwright.sync_api import expect
from pyproj import Transformer

from geo.inputs.catalog import CATALOGUE, LayerSpec
from geo.inputs.frames import json_rows
from geo.outputs.page import render_page
from geo.outputs.texts import texts_of
from tests.samples import each_language, some

STYLED = [spec for spec in CATALOGUE if spec.style]
SHOWN = [spec.name for spec in STYLED if spec.style.shown]
MOREK = "observation_posts/post-09-morek"
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201"]
SEEN = (
    "({ day: M4.state.day, feature: M4.state.selected && M4.state.selected.properties.id,"
    " layers: M4.catalogue.map(({ name }) => name).filter((name) => map_reference.hasLayer(M4.drawings.get(name))),"
    " zoom: map_reference.getZoom(), lat: +map_reference.getCenter().lat.toFixed(4),"
    " lon: +map_reference.getCenter().lng.toFixed(4) })"
)
HASH = "window.location.hash"


def at(opened, hash_):
    """Open the same file anew with something after its #."""
    address = opened.page.url.partition("#")[0]
    opened.page.goto("about:blank")
    opened.page.goto(f"{address}#{hash_}")
    opened.requests.clear()  # the blank page
    return opened.page


def wait_for_hash(page, pattern):
    page.wait_for_function("(pattern) => new RegExp(pattern).test(window.location.hash)", arg=pattern, timeout=3000)


def same(seen, expected):
    """Say whether two views are the same but for a pixel or two, which the centre moves when the map is resized."""
    near = all(abs(seen[axis] - expected[axis]) < 0.003 for axis in ("lat", "lon"))
    return near and {**seen, "lat": 0, "lon": 0} == {**expected, "lat": 0, "lon": 0}


# ---- Link ----


def test_the_opening_state_needs_no_hash(visit, html):
    page = visit(html).page
    page.wait_for_timeout(600)
    assert page.evaluate(HASH) == ""


def test_a_link_restores_day_view_layers_and_feature(visit, html):
    opened = visit(html)
    page = at(opened, f"day=2020-11-05&map=11/35.8123/36.5012&layers=corridor,m4,basemap&feature={MOREK}")
    assert same(
        page.evaluate(SEEN),
        {
            "day": "2020-11-05",
            "feature": "post-09-morek",
            "layers": [name for name in SHOWN if name in ("basemap", "corridor", "m4")],
            "zoom": 11,
            "lat": 35.8123,
            "lon": 36.5012,
        },
    )
    assert "5 November 2020" in page.locator("#as-of").inner_text()
    assert page.locator("#details h2").inner_text() == "Morek"
    assert not page.get_by_label("Turkish observation posts", exact=True).is_checked()
    assert opened.misdeeds() == []


def test_what_the_reader_does_is_in_the_link_and_the_link_leads_back_to_it(visit, html):
    opened = visit(html)
    page = opened.page
    page.evaluate("M4.setState({ day: '2020-08-25' })")
    page.get_by_label("Places", exact=True).uncheck()
    opened.select("observation_posts", "post-09-morek")
    page.evaluate("void map_reference.setView([35.75, 36.4], 11, { reset: true })")
    wait_for_hash(page, "map=11/35.7500/36.4000")
    before = page.evaluate(SEEN)
    assert "places" not in before["layers"]
    again = at(opened, page.evaluate(HASH)[1:])
    assert same(again.evaluate(SEEN), before)


def test_back_and_forward_restore_what_was_chosen(visit, html):
    opened = visit(html)
    page = opened.page
    first = page.evaluate(SEEN)
    page.evaluate("M4.setState({ day: '2020-08-25' })")
    opened.select("observation_posts", "post-09-morek")
    page.wait_for_timeout(600)
    page.get_by_label("Places", exact=True).uncheck()
    last = page.evaluate(SEEN)
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
    assert opened.misdeeds() == []


def test_days_in_quick_succession_are_one_step_back(visit, html):
    page = visit(html).page
    before = page.evaluate("window.history.length")
    page.evaluate("['2020-04-01', '2020-04-02', '2020-04-03', '2020-04-04'].forEach((day) => M4.setState({ day }))")
    wait_for_hash(page, "day=2020-04-04")
    assert page.evaluate("window.history.length") == before + 1


def test_moves_of_the_map_are_no_steps_back(visit, html):
    page = visit(html).page
    before = page.evaluate("window.history.length")
    for lon in (36.3, 36.4, 36.5):
        page.evaluate("(lon) => void map_reference.setView([35.75, lon], 11, { reset: true })", lon)
        wait_for_hash(page, f"map=11/35.7500/{lon}")
    assert page.evaluate("window.history.length") == before


def test_a_resized_window_does_not_count_as_a_choice_of_view(visit, html):
    page = visit(html).page
    page.set_viewport_size({"width": 1000, "height": 600})
    page.wait_for_timeout(800)
    assert page.evaluate(HASH) == ""


REFUSED = {
    "en": "The link asks for a day that the map does not cover (4 May 2017 to 31 March 2021). Shown instead: 6 March",
    "fr": "Le lien demande un jour que la carte ne couvre pas",
    "ar": "يطلب الرابط يوماً لا تغطيه الخريطة",
    "tr": "Bağlantı, haritanın kapsamadığı bir günü istiyor",
}


OUTSIDE = ("2030-01-01", "2017-05-03", "0001-01-01")
# The first ones have every language and every day.
PAIRS = [(OUTSIDE[(place + shift) % 3], language) for shift in range(3) for place, language in enumerate(REFUSED)]


@pytest.mark.parametrize(("day", "language"), some(4, PAIRS))
def test_a_day_that_the_map_does_not_cover_is_refused_with_a_word(visit, html, day, language):
    opened = visit(html)
    page = at(opened, f"day={day}&lang={language}&feature={MOREK}")
    note = page.locator("#date-note")
    assert note.get_attribute("role") == "status"
    assert note.is_visible()
    assert note.inner_text().startswith(REFUSED[language])
    seen = page.evaluate(SEEN)
    assert (seen["day"], seen["feature"]) == ("2020-03-06", "post-09-morek")
    assert day not in page.evaluate(HASH)
    page.evaluate("M4.setState({ day: '2020-08-25' })")
    assert note.inner_text() == ""
    page.evaluate("(hash) => { window.location.hash = hash; }", f"day={day}&lang={language}")
    page.wait_for_function("() => M4.state.day === '2020-03-06'", timeout=3000)
    assert note.inner_text() != ""
    assert opened.misdeeds() == []


@pytest.mark.parametrize(
    "hash_",
    some(
        5,
        [
            "<script>window.HIT=1</script>",
            "day=<img src=x onerror=window.HIT=1>&feature=<svg onload=window.HIT=1>",
            "javascript:window.HIT=1",
            "day=2020-13-40&map=99/999/999&lang=%3Cscript%3E",
            "day=2020-02-30&map=10/NaN/Infinity&layers=,,,",
            "day=%00&feature=%00/%00&layers=%00",
            "day=%E0%A4%A&map=%&feature=%ZZ/%",
            "layers=nothing,constructor,__proto__&feature=constructor/toString",
            "feature=observation_posts/no-such-post&map=1e3/35/36",
            "__proto__=1&constructor=x&toString=y&hasOwnProperty=z",
            "day=2020-03-06T00:00:00Z&map=11/0/0&&&===&=&day",
            "day=2020-11-05&layers=" + "m4," * 30_000,
            "\u202e\u2066#?&%23day=2020-11-05",
        ],
    ),
)
def test_a_bad_hash_is_as_if_it_were_not_there(visit, html, hash_):
    opened = visit(html)
    usual = opened.page.evaluate(SEEN)
    page = at(opened, hash_)
    assert same(page.evaluate(SEEN), usual)
    assert page.evaluate("window.HIT") is None
    assert page.locator("#details").is_hidden()
    page.evaluate("(hash) => { window.location.hash = 'day=2020-11-05'; window.location.hash = hash; }", hash_)
    page.wait_for_timeout(100)
    assert same(page.evaluate(SEEN), usual)
    assert opened.misdeeds() == []


# ---- Downloads ----


def downloaded(page, layer, kind):
    with page.expect_download(timeout=8000) as event:
        page.locator(".downloads li").filter(has_text=re.compile(f"^{re.escape(layer.title)}features")).get_by_text(
            kind, exact=True
        ).click()
    assert event.value.suggested_filename == f"idlib_m4_{layer.name}_2020-03-06.{kind.lower()}"
    return event.value.path().read_bytes().decode("utf-8")


def expected_rows(spec, layers, derived):
    frame = layers.frame(spec.name) if isinstance(spec, LayerSpec) else derived.layers[spec.name]
    return [{name: value for name, value in row.items() if value is not None} for row in json_rows(frame)]


def test_every_layer_downloads_whole_as_geojson_and_csv(visit, html, layers, derived):
    opened = visit(html)
    page = opened.page
    page.get_by_role("button", name="Download", exact=True).click()
    text_of = "([name, kind]) => M4.layerAsText(M4.catalogue.find((layer) => layer.name === name), kind)"
    posts = next(spec for spec in STYLED if spec.name == "observation_posts")
    for kind in ("GeoJSON", "CSV"):
        assert downloaded(page, posts, kind) == page.evaluate(text_of, [posts.name, kind.lower()])
    for spec in STYLED:
        rows = expected_rows(spec, layers, derived)
        collection = json.loads(page.evaluate(text_of, [spec.name, "geojson"]))
        assert collection["type"] == "FeatureCollection"
        assert "ODbL" in collection["licence"]
        assert {"publisher", "licence"} == set(collection["credits"][0])
        assert [feature["type"] for feature in collection["features"]] == ["Feature"] * len(rows)
        for feature, row in zip(collection["features"], rows, strict=True):
            feature["properties"].pop("status_on_day", None)
            assert feature["properties"] == row
        table = page.evaluate(text_of, [spec.name, "csv"])
        assert table.startswith("\ufeff")
        parsed = list(csv.DictReader(io.StringIO(table.removeprefix("\ufeff"), newline="")))
        assert [row["id"] for row in parsed] == [row["id"] for row in rows]
        drawn = [row for row in parsed if row.get("wkt") or row.get("longitude")]
        assert len(drawn) == len([one for one in collection["features"] if one["geometry"]])
    assert opened.misdeeds() == []


@pytest.mark.parametrize("text", some(6, [*FORMULAS, 'say "so", and\r\nthen; more', " spaces "]))
def test_no_cell_of_a_csv_file_is_taken_for_a_formula_and_nothing_is_lost(visit, shipped, text):
    layer = shipped.layers["places"]
    first, *others = layer.features
    changed = dataclasses.replace(first, properties=first.properties.model_copy(update={"name_en": text}))
    by_name = {**shipped.layers, "places": dataclasses.replace(layer, features=(changed, *others))}
    spoilt = dataclasses.replace(shipped.layers, by_name=by_name)
    opened = visit(render_page(dataclasses.replace(shipped, layers=spoilt)))
    table = opened.page.evaluate("M4.layerAsText(M4.catalogue.find(({ name }) => name === 'places'), 'csv')")
    row = next(csv.DictReader(io.StringIO(table.removeprefix("\ufeff"), newline="")))
    assert row["name_en"] == (f"'{text}" if text in FORMULAS else text)
    assert float(row["longitude"]) == first.geometry.x
    assert opened.misdeeds() == []


def test_numbers_stay_numbers(visit, html):
    table = visit(html).page.evaluate(
        "M4.layerAsText({ features: [{ layer: {}, geometry: null, properties: { a: -1.5, b: '-1.5' } }] }, 'csv')"
    )
    assert table == "\ufeffa,b\r\n-1.5,'-1.5\r\n"


# ---- About ----


def test_about_names_the_build(visit, shipped):
    opened = visit(render_page(dataclasses.replace(shipped, build_id="0123456789ab")))
    assert "0123456789ab" in about(opened).text_content()


def about(opened):
    opened.page.get_by_role("button", name="About", exact=True).click()
    return opened.page.locator("#dialogue")


def test_about_quotes_the_agreement_and_names_licences_limits_and_inferences(visit, html, layers):
    opened = visit(html)
    dialogue = about(opened)
    text = dialogue.text_content()
    terms = layers.agreement
    for expected in (
        *(term.quote for term in (terms.ceasefire, terms.corridor, terms.patrols)),
        *(f"Clause {term.clause}" for term in (terms.ceasefire, terms.corridor, terms.patrols)),
        terms.title,
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
    assert opened.misdeeds() == []


@each_language
def test_about_prints_each_side_with_who_is_to_patrol_it_and_who_announced_that(visit, html, layers, language):
    opened = visit(html)
    at(opened, f"lang={language}")
    texts = texts_of(layers, language)
    opened.page.get_by_role("button", name=texts["about.tool"], exact=True).click()
    terms = opened.page.locator("#dialogue .term").all_inner_texts()
    for side in layers.agreement.sides:
        day = opened.page.evaluate("(day) => M4.dates.label(day)", side.stated_on)
        who, by = (texts.get(f"value.patrolled_by.{party}", party) for party in (side.patrolled_by, side.stated_by))
        name = opened.page.evaluate(
            "(side) => M4.catalogue.find(({ name }) => name === 'corridor').symbols.get(side).label", side.side
        )
        (told,) = (text for text in terms if text.startswith(name))
        assert texts["about.side"].format(side=name, who=who, by=by, day=day) in told
        assert (side.note_in.get(language) or side.note) in told
        assert texts["about.sources"] in told
    orphans = (
        "(notes) => [...document.querySelectorAll('#dialogue p')].filter((p) => notes.includes(p.innerText)).length"
    )
    assert opened.page.evaluate(orphans, [side.note for side in layers.agreement.sides]) == 0


@each_language
def test_details_of_a_side_say_who_announced_its_patrols(visit, html, layers, language):
    opened = visit(html)
    at(opened, f"lang={language}")
    texts = texts_of(layers, language)
    for side in layers.agreement.sides:
        opened.select("corridor", f"corridor_{side.side}")
        day = opened.page.evaluate("(day) => M4.dates.label(day)", side.stated_on)
        who, by = (texts.get(f"value.patrolled_by.{party}", party) for party in (side.patrolled_by, side.stated_by))
        term = opened.page.locator("#details dt", has_text=texts["column.patrolled_by_stated"].format(by=by, day=day))
        assert term.locator("xpath=following-sibling::dd[1]").inner_text() == who
        titles = opened.page.locator("#details dt").all_inner_texts()
        assert texts["column.patrolled_by"] not in titles
        assert texts["column.stated_by"] not in titles


@pytest.mark.parametrize(
    ("corrections", "href"),
    some(
        4,
        [
            ("corrections@example.org", "mailto:corrections@example.org"),
            ("https://example.org/errata", "https://example.org/errata"),
            ("javascript:alert(1)", None),
            ("<img src=x onerror=alert(1)>", None),
            ("data:text/html,<script>alert(1)</script>", None),
            ("the editor, by post", None),
        ],
    ),
)
def test_corrections_are_a_link_only_to_the_web_or_to_mail(visit, shipped, corrections, href):
    opened = visit(render_page(dataclasses.replace(shipped, corrections=corrections)))
    section = about(opened).locator("section").last
    assert corrections in section.text_content()
    assert [link.get_attribute("href") for link in section.locator("a").all()] == ([href] if href else [])
    assert opened.misdeeds() == []


# ---- Coordinates ----

BANDS = dict(zip(range(-80, 80, 8), "CDEFGHJKLMNPQRSTUVWX", strict=True))
LETTERS = [letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if letter not in "IO"]


def reference(lon, lat, digits):
    """Return the MGRS reference by PROJ's UTM and the published tables of letters."""
    zone = int((lon + 180) // 6) + 1
    north = lat >= 0
    transformer = Transformer.from_crs(4326, (32600 if north else 32700) + zone, always_xy=True)
    easting, northing = transformer.transform(lon, lat)
    band = BANDS[min(72, int(lat // 8) * 8)]
    column = LETTERS[((zone - 1) % 3) * 8 + int(easting // 100_000) - 1]
    row = LETTERS[(int(northing // 100_000) + (0 if zone % 2 else 5)) % 20]
    half = "{:05d}".format
    return (
        f"{zone}{band} {column}{row} {half(int(easting % 100_000))[:digits]} {half(int(northing % 100_000))[:digits]}"
    )


def test_the_grid_reference_is_that_of_proj(visit, html):
    places = [(35 + step * 0.0731, 34.5 + step * 0.0417) for step in range(60)]  # zones 36 and 37
    places += [
        (-70.5, -33.45),
        (151.2, -33.87),
        (0.5, 51.5),
        (-0.1, 0.01),
        (-0.1, -0.01),
        (35.99999, 35.8),
        (36.00001, 35.8),
    ]
    found = visit(html).page.evaluate("(places) => places.map(([lon, lat]) => M4.mgrs(lon, lat, 1))", places)
    assert found == [reference(lon, lat, 5) for lon, lat in places]


@pytest.mark.parametrize(
    ("precision", "digits"), [(1, 5), (50, 4), (100, 3), (500, 3), (2000, 2), (15000, 1), (200000, 1)]
)
def test_a_reference_claims_no_more_than_is_known(visit, html, precision, digits):
    page = visit(html).page
    assert page.evaluate("(precision) => M4.mgrs(36.5, 35.8, precision)", precision) == reference(36.5, 35.8, digits)
    assert page.evaluate("M4.mgrs(36.5, 35.8)") == reference(36.5, 35.8, 3)
    assert page.evaluate("[M4.mgrs(0, 89), M4.mgrs(0, NaN), M4.mgrs(200, 0)]") == [None] * 3


def test_the_details_of_a_point_give_its_coordinates_to_copy(visit, html, layers):
    opened = visit(html, permissions=["clipboard-read", "clipboard-write"])
    page = opened.page
    opened.select("observation_posts", "post-09-morek")
    [post] = [one for one in layers["observation_posts"].features if one.properties.id == "post-09-morek"]
    x, y = post.geometry.x, post.geometry.y
    section = page.locator("#details section", has=page.get_by_role("heading", name="Coordinates"))
    assert f"{x:.4f}, {y:.4f}" in section.inner_text()
    assert "37S" in section.inner_text()
    copy = section.get_by_role("button").last
    copy.click()
    expect(copy).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"{x:.4f}, {y:.4f}"
    opened.select("corridor", "corridor")
    assert section.count() == 0
    assert opened.misdeeds() == []


def test_without_a_clipboard_the_text_is_selected(visit, html):
    opened = visit(html)
    opened.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    opened.select("observation_posts", "post-09-morek")
    button = opened.page.locator("#details .copy").first
    button.click()
    assert button.inner_text() == "Selected; now copy it"
    assert opened.page.evaluate("String(window.getSelection())").startswith("37S")
    assert opened.misdeeds() == []


def test_a_derived_layer_without_features_downloads_too(visit, shipped):
    layers = shipped.derived.layers
    none = dataclasses.replace(
        shipped.derived, layers={**layers, "patrol_segments": layers["patrol_segments"].iloc[:0]}
    )
    opened = visit(render_page(dataclasses.replace(shipped, derived=none)))
    layer = "M4.catalogue.find(({ name }) => name === 'patrol_segments')"
    assert json.loads(opened.page.evaluate(f"M4.layerAsText({layer}, 'geojson')"))["features"] == []
    assert opened.page.evaluate(f"M4.layerAsText({layer}, 'csv')") == "\ufeff\r\n"


@pytest.mark.parametrize("width", [360, 1280])
def test_a_link_to_a_feature_opens_with_it_beside_its_details(visit, html, width):
    page = visit(html, width=width, height=740).page
    page.goto(page.url + "#feature=claims/ariha&day=2020-06-01")
    page.reload()
    page.wait_for_timeout(500)
    at, details, frame = page.evaluate(
        "(() => { const box = (one) => document.querySelector(one).getBoundingClientRect().toJSON();"
        " const { x, y } = map_reference.latLngToContainerPoint(M4.features.latLngs(M4.state.selected));"
        " return [[x, y], box('#details'), box('main')] })()"
    )
    x, y = at[0] + frame["left"], at[1] + frame["top"]
    assert frame["left"] < x < frame["right"]
    assert frame["top"] < y < frame["bottom"]
    assert not (details["left"] < x < details["right"] and details["top"] < y < details["bottom"])
