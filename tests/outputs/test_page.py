import base64
import dataclasses
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from shapely import hausdorff_distance
from shapely.geometry import Point, shape

from geo.inputs.catalog import CATALOGUE, LayerSpec, Style, Symbol
from geo.inputs.frames import json_rows
from geo.inputs.layers import Feature, Layer
from geo.inputs.schema import Place
from geo.outputs.map import reference_map as page
from geo.outputs.page import page_rows, render_page
from geo.outputs.texts import texts_of

ASSETS = files("geo.outputs") / "assets"
STYLED = [spec for spec in CATALOGUE if spec.style]
HOSTILE = [
    "{{ 7 * 7 }} {% raw %} {# gone #} ${7*7} `tick`",
    "</script><script>HIT = 1</script><!-- <img src=x onerror=HIT=1>",
    "\"'&lt;&amp;\\u003c\\",
    "@@data@@ @@policy@@",
    "abc \u202egnp.exe \u2066x\u2069 \u2028 \u2029 \u200b",
]


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


@pytest.fixture(scope="module")
def html(shipped):
    return render_page(shipped)


@pytest.fixture(scope="module")
def elements(html):
    return Elements(html)


def data_of(html):
    [text] = ["".join(text) for _, attrs, text in Elements(html).found if attrs.get("id") == "data"]
    return json.loads(text)


def layer_of(data, name):
    [layer] = [layer for layer in data["layers"] if layer["name"] == name]
    return layer


def rows_of(data, name):
    return [feature["properties"] for feature in layer_of(data, name)["features"]]


def sources_of(data):
    return {source["id"]: source for source in data["sources"]}


def with_layer(build, layer):
    """Return a build with a layer in place of the one of its name, or besides."""
    layers = build.layers
    known = layer.spec.name in {spec.name for spec in layers.catalogue}
    catalogue = layers.catalogue if known else (*layers.catalogue, layer.spec)
    by_name = {**layers, layer.spec.name: layer}
    return dataclasses.replace(build, layers=dataclasses.replace(layers, by_name=by_name, catalogue=catalogue))


def with_text(build, name, **texts):
    """Return a build with other texts in the first feature of a layer; the schema is not asked."""
    layer = build.layers[name]
    first, *others = layer.features
    changed = dataclasses.replace(first, properties=first.properties.model_copy(update=texts))
    return with_layer(build, dataclasses.replace(layer, features=(changed, *others)))


def test_the_same_layers_make_the_same_bytes_under_every_hash_seed():
    code = (
        "import hashlib; from geo.inputs.files import LAYERS_DIR; from geo.outputs.context import Build\n"
        "from geo.outputs.page import render_page\n"
        "print(hashlib.sha256(render_page(Build.of_folder(LAYERS_DIR)).encode()).hexdigest())"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True)
        for seed in ("0", "1")
    ]
    assert [run.returncode for run in runs] == [0, 0], runs[0].stderr
    assert runs[0].stdout == runs[1].stdout


def test_two_renders_in_one_process_are_equal(html, shipped):
    assert render_page(shipped) == html


def test_the_page_says_which_build_it_is_of_and_to_its_own_script_too(shipped):
    page = render_page(dataclasses.replace(shipped, build_id="0123456789ab"))
    [mark] = [attrs["content"] for _, attrs, _ in Elements(page).found if attrs.get("name") == "build"]
    assert mark == data_of(page)["build_id"] == "0123456789ab"


def test_the_rows_that_the_page_is_to_hold_are_those_that_it_holds(html, shipped):
    data = data_of(html)
    layers = {layer["name"]: len(layer["features"]) for layer in data["layers"]}
    assert page_rows(shipped) == {**layers, "sources": len(data["sources"]), "timeline": len(data["timeline"])}


def test_the_policy_comes_first_and_allows_exactly_the_scripts_and_styles_of_the_page(elements):
    tags = [tag for tag, _, _ in elements.found]
    policy = elements.found[tags.index("head") + 1][1]
    assert policy["http-equiv"] == "Content-Security-Policy"
    directives = dict(part.strip().split(" ", 1) for part in policy["content"].split(";"))
    for directive, tag in (("script-src", "script"), ("style-src", "style")):
        digests = [hashlib.sha256(text.encode()).digest() for text in elements.texts(tag)]
        assert directives[directive].split() == [f"'sha256-{base64.b64encode(d).decode()}'" for d in digests]
    assert directives["default-src"] == directives["connect-src"] == directives["base-uri"] == "'none'"


def test_the_encoding_is_declared_where_browsers_look_for_it(html):
    assert '<meta charset="utf-8">' in html[:1024]


def test_nothing_in_the_page_asks_for_another_file(elements):
    for tag, attrs, _ in elements.found:
        assert not {"src", "srcset", "href", "action", "style"} & set(attrs), (tag, attrs)
        assert not [name for name in attrs if name.startswith("on")], (tag, attrs)
        assert tag not in {"link", "base", "iframe", "object", "embed"}
    assert not re.search(r"url\(|@import", "".join(elements.texts("style")))
    assert "sourceMappingURL" not in "".join(elements.texts("script"))


def test_a_reader_may_zoom_and_a_screen_reader_finds_its_way(elements):
    by_tag = {tag: attrs for tag, attrs, _ in elements.found}
    assert by_tag["html"]["lang"] == "en"
    assert {"header", "main", "aside", "footer", "title", "noscript"} <= set(by_tag)
    assert [tag for tag, _, _ in elements.found].count("h1") == 1
    [viewport] = [attrs["content"] for _, attrs, _ in elements.found if attrs.get("name") == "viewport"]
    assert viewport == "width=device-width, initial-scale=1"


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(("layer", "column"), [("places", "name_en"), ("observation_posts", "note")])
def test_hostile_text_comes_through_exactly_and_only_as_data(shipped, html, layer, column, text):
    hostile = render_page(with_text(shipped, layer, **{column: text}))
    assert rows_of(data_of(hostile), layer)[0][column] == text
    assert frame_of(hostile) == frame_of(html)


def frame_of(html):
    """Return everything but the data."""
    return re.sub(r'(<script type="application/[^>]*>).*?(</script>)', r"\1\2", html, flags=re.DOTALL)


def test_hostile_text_in_a_source_is_data_too(shipped, html):
    text = " ".join(HOSTILE)
    hostile = render_page(with_text(shipped, "sources", title=text, publisher=text, licence=text))
    first = next(iter(sources_of(data_of(hostile)).values()))
    assert first["title"] == first["publisher"] == first["licence"] == text
    assert frame_of(hostile) == frame_of(html)


def test_every_layer_with_a_style_is_in_the_page_in_drawing_order(html):
    assert [layer["name"] for layer in data_of(html)["layers"]] == [spec.name for spec in STYLED]


def test_a_layer_opens_switched_off_when_its_style_says_so(shipped):
    hidden = [
        dataclasses.replace(spec, style=dataclasses.replace(spec.style, shown=spec.name != "places")) for spec in STYLED
    ]
    layers = dataclasses.replace(shipped.layers, catalogue=hidden)
    data = data_of(render_page(dataclasses.replace(shipped, layers=layers)))
    assert [layer["name"] for layer in data["layers"] if not layer["shown"]] == ["places"]


def test_the_scripts_of_the_page_are_the_same_whatever_a_layer_is_called(shipped):
    spec = LayerSpec("mine", "Mine", Place, frozenset({"Point"}), style=Style({"": Symbol("x")}))
    hostile = dataclasses.replace(spec, title="</script><script>HIT()</script>{{ 7*7 }}")
    one, other = (render_page(with_layer(shipped, Layer(each, ()))) for each in (spec, hostile))
    assert Elements(other).texts("script") == Elements(one).texts("script")


def test_a_layer_whose_name_is_not_an_identifier_is_refused(shipped):
    hostile = LayerSpec('x");HIT("', "Mine", Place, style=Style({"": Symbol("x")}))
    with pytest.raises(ValueError, match="is not an identifier"):
        render_page(with_layer(shipped, Layer(hostile, ())))


def test_every_feature_is_in_the_page(html, layers, derived):
    data = data_of(html)
    for spec in STYLED:
        features = layers.frame(spec.name) if isinstance(spec, LayerSpec) else derived.layers[spec.name]
        assert len(rows_of(data, spec.name)) == len(features)


def test_what_is_drawn_lies_within_two_metres_or_a_fiftieth_of_the_known_precision(html, derived):
    data = data_of(html)
    for layer in data["layers"]:
        if layer["name"] not in derived.layers:
            continue
        frame = derived.layers[layer["name"]]
        for row, geometry, drawn in zip(json_rows(frame), frame.geometry, layer["features"], strict=True):
            if geometry is not None and geometry.geom_type != "Point":
                known_m = row.get("precision_m") or 0
                assert hausdorff_distance(geometry, shape(drawn["geometry"])) < max(2, known_m / 50) / 100_000


def test_a_vertex_that_carries_a_precision_is_drawn(html, layers):
    drawn = layer_of(data_of(html), "line_of_contact")["features"]
    for feature, one in zip(layers["line_of_contact"].features, drawn, strict=True):
        assert len(one["geometry"]["coordinates"]) == len(feature.properties.vertex_precision_m)


def test_a_new_layer_needs_only_a_catalogue_entry(shipped):
    symbol = Symbol("Hospital", fill="#123456")
    spec = LayerSpec("hospitals", "Hospitals", Place, frozenset({"Point"}), style=Style({"": symbol}))
    record = shipped.layers["places"].features[0].properties.model_copy(update={"name_en": "Field hospital"})
    layer = Layer(spec, (Feature(record, Point(36.6, 35.9)),))
    html = render_page(with_layer(shipped, layer))
    assert rows_of(data_of(html), "hospitals")[0]["name_en"] == "Field hospital"
    assert data_of(html)["layers"][-1]["symbols"][""]["label"] == "Hospital"


def test_the_page_has_the_periods_of_each_post_and_nothing_for_what_is_always_there(html, derived):
    posts = {one["properties"]["id"]: one for one in layer_of(data_of(html), "observation_posts")["features"]}
    for id_, history in derived.histories["observation_posts"].items():
        steps = {begin: status for begin, _, status, *_ in posts[id_]["periods"]}
        assert steps == (dict(history) or {None: "undated"}), id_  # of two changes on one day, the later one
    assert all(one.keys() == {"properties", "geometry"} for one in layer_of(data_of(html), "localities")["features"])


def test_openstreetmap_is_credited_first(html):
    first = data_of(html)["credits"][0]
    assert "OpenStreetMap contributors" in first["publisher"]
    assert first["licence"].startswith("ODbL")


def test_every_text_that_the_script_asks_for_is_there_and_none_is_left_over(layers):
    script = "".join((ASSETS / "page" / name).read_text() for name in (*page.SCRIPTS, page.INCIDENTS_SCRIPT))
    texts = texts_of(layers, "en")
    of_sides = {f"{area}{term.side}" for area in ("facts.posts_", "incidents.") for term in layers.agreement.sides}
    other_sides = {f"{area}{side}" for area in ("facts.posts_", "incidents.") for side in ("east", "west")}
    areas = (
        "page|languages|map|panel|date|diagram|details|tools|facts|"
        "credits|reason|search|table|claims|link|download|about|print|coordinates|tiles|incidents"
    )
    asked = set(re.findall(rf"'((?:{areas})\.\w+)'", script))
    elsewhere = ("column.", "value.", "grade.", "layer.", "symbol.", "figures.", "page.noscript")
    assert asked | of_sides | other_sides == {key for key in texts if not key.startswith(elsewhere)} | {"page.remark"}
    assert all(texts.values())


def test_every_column_has_a_title(html):
    texts = json.loads((ASSETS / "i18n" / "en.json").read_text())
    for layer in data_of(html)["layers"]:
        for column in {column for feature in layer["features"] for column in feature["properties"]}:
            titled = column in layer["titles"] or f"column.{column}" in texts
            assert titled or re.fullmatch("id|name_..", column), (layer["name"], column)


def test_every_choice_of_a_column_has_words(layers):
    texts = json.loads((ASSETS / "i18n" / "en.json").read_text())
    for spec in STYLED:
        if not isinstance(spec, LayerSpec):
            continue
        for column in ("basis", "kind", "role", "carriageway", "status_2020_03_05"):
            values = {getattr(feature.properties, column, None) for feature in layers[spec.name].features} - {None}
            for value in values:
                assert f"value.{column}.{value}" in texts


def test_the_script_makes_no_html_from_text_and_runs_no_text():
    scripts, styles = [*page.SCRIPTS, page.INCIDENTS_SCRIPT], [*page.STYLES, page.INCIDENTS_STYLE]
    assert sorted([*scripts, *styles]) == sorted(path.name for path in (ASSETS / "page").iterdir())
    for name in scripts:
        script = (ASSETS / "page" / name).read_text()
        timer_of_text = r"set(?:Timeout|Interval)\([^(\w]"
        forbidden = rf"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|{timer_of_text}"
        assert not re.search(forbidden, script), name


def test_the_page_stays_small(html):
    assert len(gzip.compress(html.encode())) < 350_000
