import base64
import dataclasses
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from itertools import accumulate

import geopandas as gpd
import pytest
from shapely import hausdorff_distance
from shapely.geometry import Point, shape

from geo.inputs.catalog import CATALOGUE, LayerSpec
from geo.inputs.frames import json_rows
from geo.inputs.layers import Feature, Layer
from geo.inputs.schema import Place
from geo.outputs import style
from geo.outputs.country import country_of
from geo.outputs.map.reference_map import INCIDENTS_SCRIPT, INCIDENTS_STYLE, SCRIPTS, STYLES
from geo.outputs.page import page_rows, render_page
from geo.outputs.style import Style, Symbol
from geo.outputs.texts import texts_of

ASSETS = files("geo.outputs") / "assets"
STYLED = [spec for spec in CATALOGUE if spec.classes]
SPECS = {spec.name: spec for spec in STYLED}
ENDING = [spec.name for spec in STYLED if spec.ends_at_border]


class Elements(HTMLParser):
    """Every element of a page, in order, with its attributes and the text up to the next tag."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.text = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.text = []
        self.found.append((tag, dict(attrs), self.text))

    def handle_endtag(self, tag):
        self.text = []

    def handle_data(self, data):
        self.text.append(data)

    def texts(self, tag):
        return ["".join(text) for name, attrs, text in self.found if name == tag and "type" not in attrs]


def data_of(html):
    [text] = ["".join(text) for _, attrs, text in Elements(html).found if attrs.get("id") == "data"]
    return json.loads(text)


@pytest.fixture(scope="module")
def html(shipped):
    return render_page(shipped)


@pytest.fixture(scope="module")
def elements(html):
    return Elements(html)


@pytest.fixture(scope="module")
def data(html):
    return data_of(html)


def layer_of(data, name):
    [layer] = [layer for layer in data["layers"] if layer["name"] == name]
    return layer


def shape_of(geometry):
    """Return a line or an area of the page, which is written as steps in hundred-thousandths of a degree."""

    def positions(steps):
        if isinstance(steps[0], list):
            return [positions(part) for part in steps]
        lons, lats = accumulate(steps[::2]), accumulate(steps[1::2])
        return [(lon / 100_000, lat / 100_000) for lon, lat in zip(lons, lats, strict=True)]

    return shape({"type": geometry["type"], "coordinates": positions(geometry["steps"])})


def to_metres(degrees):
    return gpd.GeoSeries([degrees], crs=4326).to_crs(32637).iloc[0]


def with_layer(build, layer):
    """Return a build with one more layer."""
    layers = build.layers
    by_name = {**layers, layer.spec.name: layer}
    return dataclasses.replace(
        build, layers=dataclasses.replace(layers, by_name=by_name, catalogue=(*layers.catalogue, layer.spec))
    )


# ---- What a browser may do. ----


def test_the_policy_comes_first_and_allows_exactly_the_scripts_and_styles_of_the_page(elements):
    tags = [tag for tag, _, _ in elements.found]
    policy = elements.found[tags.index("head") + 1][1]
    assert policy["http-equiv"] == "Content-Security-Policy"
    directives = dict(part.strip().split(" ", 1) for part in policy["content"].split(";"))
    for directive, tag in (("script-src", "script"), ("style-src", "style")):
        digests = [hashlib.sha256(text.encode()).digest() for text in elements.texts(tag)]
        assert directives[directive].split() == [f"'sha256-{base64.b64encode(d).decode()}'" for d in digests]
    assert directives["default-src"] == directives["connect-src"] == directives["base-uri"] == "'none'"


def test_nothing_in_the_page_requests_another_file(html, elements):
    assert '<meta charset="utf-8">' in html[:1024]
    icons = [attrs for tag, attrs, _ in elements.found if tag == "link"]
    assert [(icon["rel"], icon["href"].partition(",")[0]) for icon in icons] == [("icon", "data:image/svg+xml")]
    for tag, attrs, _ in elements.found:
        if attrs in icons:
            continue
        assert not {"src", "srcset", "href", "action", "style"} & set(attrs), (tag, attrs)
        assert not [name for name in attrs if name.startswith("on")], (tag, attrs)
        assert tag not in {"link", "base", "iframe", "object", "embed"}
    assert not re.search(r"url\(|@import", "".join(elements.texts("style")))
    assert "sourceMappingURL" not in "".join(elements.texts("script"))


def test_the_scripts_make_no_html_from_text_and_run_no_text():
    scripts = [*SCRIPTS, INCIDENTS_SCRIPT]
    assert sorted([*scripts, *STYLES, INCIDENTS_STYLE]) == sorted(path.name for path in (ASSETS / "page").iterdir())
    for name in scripts:
        script = (ASSETS / "page" / name).read_text(encoding="utf-8")
        timer_of_text = r"set(?:Timeout|Interval)\([^(\w]"
        forbidden = rf"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|{timer_of_text}"
        assert not re.search(forbidden, script), name


def test_the_page_has_its_landmarks_and_a_reader_may_zoom(elements):
    tags = [tag for tag, _, _ in elements.found]
    assert {"header", "main", "aside", "footer", "title", "noscript"} <= set(tags)
    assert tags.count("h1") == 1
    [viewport] = [attrs["content"] for _, attrs, _ in elements.found if attrs.get("name") == "viewport"]
    assert viewport == "width=device-width, initial-scale=1"


def test_the_page_stays_small(html):
    assert len(gzip.compress(html.encode())) < 750_000


# ---- What the page holds. ----


def test_every_layer_is_in_the_page_in_drawing_order_with_every_feature(data, shipped):
    assert [layer["name"] for layer in data["layers"]] == [spec.name for spec in STYLED]
    held = {layer["name"]: len(layer["features"]) for layer in data["layers"]}
    assert held == {spec.name: len(shipped.frame(spec.name)) for spec in STYLED}
    tables = {"corrections": "corrected", "sources": "sources", "timeline": "timeline"}
    assert page_rows(shipped) == {**held, **{name: len(data[key]) for name, key in tables.items()}}


def test_what_is_drawn_is_within_two_metres_or_a_fiftieth_of_the_known_precision(data, layers, derived):
    for layer in data["layers"]:
        if layer["name"] not in derived.layers:
            continue
        frame = derived.layers[layer["name"]]
        for row, geometry, drawn in zip(json_rows(frame), frame.geometry, layer["features"], strict=True):
            if geometry is not None and geometry.geom_type != "Point":
                known_m = row.get("precision_m") or 0
                assert hausdorff_distance(geometry, shape_of(drawn["geometry"])) < max(2, known_m / 50) / 100_000
    lines = zip(layers["line_of_contact"].features, layer_of(data, "line_of_contact")["features"], strict=True)
    for line, drawn in lines:  # each vertex carries a precision of its own
        assert len(shape_of(drawn["geometry"]).coords) == len(line.properties.vertex_precision_m)


def test_areas_end_at_the_border_and_what_can_be_downloaded_keeps_its_shape(data, shipped):
    syria = to_metres(country_of(shipped))
    cut = []
    for layer in data["layers"]:
        for feature in layer["features"]:
            place = feature.get("drawn")
            if place:
                drawn, agreed = to_metres(shape_of(place)), to_metres(shape_of(feature["geometry"]))
                assert drawn.difference(syria.buffer(1)).area == 0, feature["properties"]["id"]
                # Nothing else is left out.
                assert drawn.symmetric_difference(agreed.intersection(syria)).area < drawn.length
                cut.append(feature["properties"]["id"])
            elif layer["name"] in ENDING and feature.get("class") in (None, *SPECS[layer["name"]].classes):
                assert to_metres(shape_of(feature["geometry"])).difference(syria.buffer(1)).area == 0
    bands = ["demilitarised_band_15km", "demilitarised_band_20km"]
    assert sorted(cut) == ["corridor_north", *bands, "zone-2017", "zone-2018-09"]


def test_a_new_layer_needs_only_a_catalogue_entry_which_may_switch_it_off(shipped, monkeypatch):
    monkeypatch.setitem(style.STYLES, "hospitals", Style({"": Symbol(fill="#123456")}, shown=False))
    spec = LayerSpec("hospitals", "Hospitals", Place, frozenset({"Point"}), classes={"": "Hospital"})
    record = shipped.layers["places"].features[0].properties.model_copy(update={"name_en": "Field hospital"})
    layer = Layer(spec, (Feature(record, Point(36.6, 35.9)),))
    *others, hospitals = data_of(render_page(with_layer(shipped, layer)))["layers"]
    assert hospitals["features"][0]["properties"]["name_en"] == "Field hospital"
    assert hospitals["symbols"][""]["label"] == "Hospital"
    assert (hospitals["shown"], any(layer["shown"] for layer in others)) == (False, True)


def test_the_page_has_the_periods_of_each_post_and_nothing_for_what_is_always_there(html, derived):
    posts = {one["properties"]["id"]: one for one in layer_of(data_of(html), "observation_posts")["features"]}
    for id_, history in derived.histories["observation_posts"].items():
        steps = {begin: status for begin, _, status, *_ in posts[id_]["periods"]}
        assert steps == (dict(history) or {None: "undated"}), id_  # of two changes on one day, the later one
    assert all(one.keys() == {"properties", "geometry"} for one in layer_of(data_of(html), "localities")["features"])


def test_a_layer_whose_name_is_not_an_identifier_is_refused(shipped):
    spec = LayerSpec('x");HIT("', "Mine", Place, classes={"": "x"})
    with pytest.raises(ValueError, match="is not an identifier"):
        render_page(with_layer(shipped, Layer(spec, ())))


def test_openstreetmap_is_credited_first(data):
    first = data["credits"][0]
    assert "OpenStreetMap contributors" in first["publisher"]
    assert first["licence"].startswith("ODbL")


# ---- Words. ----


def test_every_text_that_the_scripts_use_exists_and_none_is_left_over(layers):
    script = "".join((ASSETS / "page" / name).read_text(encoding="utf-8") for name in (*SCRIPTS, INCIDENTS_SCRIPT))
    texts = texts_of(layers, "en")
    of_sides = {
        f"{area}{side}" for area in ("facts.posts_", "incidents.") for side in ("north", "south", "east", "west")
    }
    areas = (
        "page|card|chapters|languages|map|panel|date|diagram|details|tools|facts|"
        "credits|reason|search|table|claims|link|download|about|print|coordinates|tiles|incidents|"
        "ruler|scale|share|picture|embed|compare"
    )
    used = set(re.findall(rf"'((?:{areas})\.\w+)'", script))
    elsewhere = ("column.", "value.", "grade.", "layer.", "symbol.", "figures.", "lead.", "page.noscript")
    assert used | of_sides == {key for key in texts if not key.startswith(elsewhere)} | {"page.remark"}


def test_every_column_has_a_title_and_every_choice_of_a_column_has_words(data, layers):
    texts = texts_of(layers, "en")
    for layer in data["layers"]:
        for column in {column for feature in layer["features"] for column in feature["properties"]}:
            titled = column in layer["titles"] or f"column.{column}" in texts
            assert titled or re.fullmatch("id|name_..", column), (layer["name"], column)
        for column in ("basis", "kind", "role", "carriageway", "status_2020_03_05"):
            values = {feature["properties"].get(column) for feature in layer["features"]} - {None}
            assert {f"value.{column}.{value}" for value in values} <= set(texts), layer["name"]
