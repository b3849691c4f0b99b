"""No text does harm, and every text is shown as given: in every field of every layer, however hostile it is."""

import csv
import dataclasses
import io
import json
import os
import re
from datetime import date
from importlib.resources import files

import pytest
from pydantic import TypeAdapter, ValidationError

from geo.history.derive import Derived, derive
from geo.inputs.catalog import CATALOGUE, DerivedSpec, LayerSpec
from geo.inputs.layers import Layers
from geo.inputs.schema import Text
from geo.outputs.context import Build
from geo.outputs.data import data_files
from geo.outputs.page import render_page
from tests.browser.texts import (
    GENERATED,
    HOSTILE,
    MARK,
    REFUSED,
    TEXTS,
    dumped,
    expected,
    layer_for_every_text,
    rows_of,
    spoilt_derived,
    spoilt_layers,
    text_columns,
)
from tests.samples import each_language

AS_OF = date(2020, 3, 6)
LAST_PATROL = "2020-08-25"  # every patrol is past
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" [^>]*>\n')
CORRECTIONS = "<img src=x onerror=HIT('corrections')> {{ 7 * 7 }}"
FOLDER = files("geo.outputs") / "assets" / "i18n"
A_FEW = 60  # of a layer, where looking at each of thousands shows nothing more

RECORDER = """
window.hits = [];
window.HIT = (what) => { window.hits.push(String(what)); return 'HIT'; };
"""

# Helpers of this file in the page. Leaves are elements without elements in them: a text taken for markup is none.
HELPERS = """
window.leaves = (place) =>
  new Set([...place.querySelectorAll('*')].filter((one) => !one.childElementCount).map((one) => one.textContent));
window.missing = (place, texts) => { const shown = leaves(place); return texts.filter((text) => !shown.has(text)); };
window.texts = (selector) => [...document.querySelectorAll(selector)].map((one) => one.textContent);
window.press = (selector) => document.querySelectorAll(selector).forEach((one) => one.click());
window.tool = (key) => {
  const label = M4.text(key);
  [...document.querySelectorAll('#tools button')].find((one) => one.textContent === label).click();
};
window.content = () => document.querySelector('#dialogue .content');
// Attributes that run something, or ask for something of their own accord; and links elsewhere than to the web.
const ADDRESSES = ['href', 'src', 'srcset', 'action', 'formaction', 'srcdoc', 'data', 'ping', 'poster', 'background'];
const isHarmful = ({ name, value }) =>
  name.startsWith('on') || (name === 'style' && /url|expression|import/.test(value)) ||
  (ADDRESSES.includes(name) && !/^(https?:|mailto:|#$)/.test(value));
window.harmful = (place) => [...place.querySelectorAll('*')].flatMap((one) =>
  [...one.attributes].filter(isHarmful).map(({ name, value }) => `${one.localName} ${name}=${value}`));
// A browser lets a page take a few hundred steps of its history at once, then complains.
window.history.pushState = () => {};
window.history.replaceState = () => {};
"""

UNLIKE_IN_DETAILS = """(all) => {
  const byLayer = new Map(M4.catalogue.map(({ name, features }) =>
    [name, new Map(features.map((feature) => [feature.properties.id, feature]))]));
  const details = document.getElementById('details');
  // Laying out thousands of them, and the map for each, would take minutes.
  const { maxBounds } = map_reference.options;
  details.style.display = 'none';
  map_reference.options.maxBounds = L.latLngBounds([[80, 170], [81, 171]]);
  const gone = all.flatMap(({ layer, id, texts }) => {
    M4.select(byLayer.get(layer).get(id));
    return [...missing(details, texts), ...harmful(details)].map((text) => [layer, id, text]);
  });
  M4.select(null);
  Object.assign(map_reference.options, { maxBounds });
  details.style.display = '';
  return gone;
}"""

UNLIKE_IN_CLAIMS = """(all) => {
  tool('claims.title');
  const cardOf = (id) => content().querySelector(`[id="claim-${id}"]`);
  const gone = all.flatMap(({ id, texts }) => missing(cardOf(id), texts).map((text) => [id, text]));
  const others = texts('.claim').length === all.length ? [] : ['another number of claims'];
  return [...gone, ...others, ...harmful(content())];
}"""

# The agreement has one row: each text takes its turn in every field of it that the dialogue shows.
UNLIKE_IN_ABOUT = """(all) => {
  const { agreement, corrections } = M4;
  const changed = (term, text) => ({ ...term, clause: text, quote: text, note: text });
  const gone = all.filter((text) => {
    const { ceasefire, corridor, patrols, sides } = agreement;
    M4.agreement = { ...agreement, title: text, note: text, sides: sides.map((side) => changed(side, text)),
      ceasefire: changed(ceasefire, text), corridor: changed(corridor, text), patrols: changed(patrols, text) };
    M4.corrections = text;
    tool('about.tool');
    const clause = M4.text('about.clause', { clause: '#' }).replace('#', () => text);
    const expected = [[text, 1 + 1 + 3 * 2 + sides.length], [clause, 3]];
    const shown = texts('#dialogue .content :is(bdi, p, blockquote)');
    const isThere = expected.every(([one, times]) => shown.filter((other) => other === one).length >= times);
    return !isThere || (text && !texts('#dialogue section:last-child p')[0].endsWith(text));
  });
  Object.assign(M4, { agreement, corrections });
  return gone;
}"""

UNLIKE_IN_FIGURES = """(all) => {
  const figures = [...document.querySelectorAll('.facts details')].map((one) =>
    ['summary span', '.value', 'p'].map((part) => one.querySelector(part).textContent));
  return all.filter(([title, unit, how], at) =>
    figures[at][0] !== title || !figures[at][1].endsWith(` ${unit}`) || figures[at][2] !== how);
}"""

DATA = """() => {
  const byLayer = (take) => Object.fromEntries(M4.catalogue.map((layer) => [layer.name, take(layer)]));
  const propertiesOf = ({ features }) => features.map(({ properties }) => properties);
  const { timeline, agreement } = M4;
  return JSON.stringify({
    layers: byLayer(propertiesOf),
    collections: byLayer((layer) => propertiesOf(JSON.parse(M4.layerAsText(layer, 'geojson')))),
    tables: byLayer((layer) => M4.layerAsText(layer, 'csv')),
    sources: [...M4.sources.values()], timeline, agreement,
    titles: Object.fromEntries([...M4.texts].map(([language, texts]) => [language, texts.get('page.title')])),
  });
}"""

# Where names stand, by what shows them. What is found is looked for by fragments, as a reader would.
NAMES = """() => {
  const found = { panel: texts('#panel .features bdi'), labels: texts('.label') };
  found.tooltips = [];
  map_reference.eachLayer((one) => {
    if (!one.getTooltip?.() || found.tooltips.length > 800) return;
    one.openTooltip();
    found.tooltips.push(...texts('.leaflet-tooltip bdi'));
    one.closeTooltip();
  });
  tool('table.title');
  const choice = document.getElementById('table-layer');
  found.table = [...choice.options].flatMap(({ value }) => {
    choice.value = value;
    choice.dispatchEvent(new Event('change'));
    return texts('#dialogue tbody bdi');
  });
  tool('search.title');
  const input = document.getElementById('search-input');
  found.search = ['a', 'script', 'س', 'leak', 'hit', '7', 'i', 'mark'].flatMap((text) => {
    input.value = text;
    input.dispatchEvent(new Event('input'));
    return texts('#search-list li > bdi');
  });
  M4.closeDialogue();
  document.querySelector('#dock [aria-controls=diagram]').click();
  found.diagram = texts('#diagram .without-bar bdi');
  found.axis = texts('#diagram .axis text:not(.km)');
  found.bars = texts('#diagram title');
  return found;
}"""


# ---- The texts ----


def test_the_schema_accepts_each_text_but_those_that_it_is_known_to_refuse():
    text = TypeAdapter(Text)
    for accepted in (*HOSTILE, *GENERATED):
        assert text.validate_python(accepted) == accepted
    for refused in REFUSED:
        with pytest.raises(ValidationError):
            text.validate_python(refused)
    assert len(GENERATED) == 500
    assert len(TEXTS) > 560


# ---- The build ----


@dataclasses.dataclass(frozen=True)
class Built:
    """Layers, what was computed from them, and their page."""

    layers: Layers
    derived: Derived
    html: str

    @property
    def catalogue(self):
        """The catalogue of the layers."""
        return self.layers.catalogue

    @property
    def without_policy(self):
        """The page as it would be if a browser knew nothing of its policy."""
        html, count = POLICY.subn("", self.html)
        assert count == 1
        return html


def built(layers, derived):
    os.environ.pop(MARK, None)
    html = render_page(Build(layers, derived, AS_OF, corrections=CORRECTIONS))
    assert MARK not in os.environ
    return Built(layers, derived, html)


@pytest.fixture(scope="module")
def once(layers, derived):
    """A page with a text in every field of the shipped rows: light enough to be used as a reader would."""
    return built(spoilt_layers(layers), spoilt_derived(derived, layers.catalogue))


@pytest.fixture(scope="module")
def whole(layers, derived):
    """A page with every text in every column of every layer, and in every figure."""
    computed = spoilt_derived(derived, layers.catalogue, len(TEXTS))
    return built(spoilt_layers(layers, len(TEXTS)), computed)


@pytest.fixture(scope="module")
def titled(layers, derived):
    """A page with every text as the title of a layer, the label of a symbol and the title of a column."""
    specs, computed = layer_for_every_text(derived)
    return built(dataclasses.replace(layers, catalogue=(*layers.catalogue, *specs)), computed)


def test_every_text_stands_in_every_field(whole, titled):
    for spec in CATALOGUE:
        for column, kind in (text_columns(spec.record) if isinstance(spec, LayerSpec) else {}).items():
            values = [row.get(column) for row in rows_of(spec, whole.layers, whole.derived)]
            if kind == "text":
                assert set(values) == set(TEXTS), (spec.name, column)
    for name in ("title", "unit", "how"):
        assert {getattr(figure, name) for figure in whole.derived.facts.figures} == set(TEXTS)
    styled = [spec for spec in titled.catalogue if spec.style]
    assert {spec.title for spec in styled} >= set(TEXTS)
    assert {symbol.label for spec in styled for symbol in spec.style.symbols.values()} >= set(TEXTS)
    assert {spec.record.model_fields["note"].title for spec in styled if spec.record} >= set(TEXTS)


def test_the_build_renders_no_text_as_a_template_and_writes_none_as_markup(once, whole):
    os.environ.pop(MARK, None)
    derive(once.layers)
    written = list(data_files(Build(whole.layers, whole.derived, AS_OF, build_id="0" * 12)))
    spatial = [spec for spec in whole.catalogue if isinstance(spec, DerivedSpec) or spec.geometry]
    assert len(written) == len(whole.catalogue) + len(spatial) + 1  # each with a place has a CSV beside it
    assert MARK not in os.environ
    assert [text for text in TEXTS if "<" in text and text in whole.html] == []


# ---- The browser ----


def open_recorded(visit, html, language="en"):
    """Open a page in a language, with the function that the payloads would call."""
    opened = visit(html, fresh=True)
    page = opened.page
    page.set_default_timeout(60_000)
    page.add_init_script(RECORDER)
    page.evaluate("(language) => window.history.replaceState(null, '', `#lang=${language}`)", language)
    page.reload()
    page.evaluate(HELPERS)
    page.evaluate("(day) => M4.setState({ day })", LAST_PATROL)
    return opened


def drive(page, hostile=()):
    """Open everything that a reader can open; return the kinds of elements and the harmful attributes then there."""
    seen = set()

    def look():
        seen.update(page.evaluate("[...document.querySelectorAll('*')].map((one) => one.localName)"))
        seen.update(page.evaluate("harmful(document)"))

    page.evaluate("press('.layer input:not(:checked), .count, .undrawn:not([hidden])')")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.evaluate("void map_reference.setView([35.8, 36.5], 13, { animate: false })")
    page.wait_for_timeout(100)
    look()
    page.evaluate(
        "(most) => { let n = 0; map_reference.eachLayer((one) => {"
        " if (one.getTooltip?.() && n++ < most) { one.openTooltip(); one.closeTooltip(); one.openTooltip(); } }) }",
        20 * A_FEW,
    )
    page.evaluate(
        "(most) => M4.catalogue.forEach(({ features }) => features.slice(0, most).forEach(M4.select))", A_FEW // 2
    )
    look()
    page.evaluate("press('#dock [aria-controls=diagram]')")
    for key in ("table.title", "claims.title", "download.tool", "about.tool", "search.title"):
        page.evaluate(
            "(key) => { tool(key); document.querySelectorAll('details').forEach((one) => one.open = true) }", key
        )
        look()
    for text in ("a", "س", *hostile):
        page.locator("#search-input").fill(text)
    look()
    page.evaluate("M4.closeDialogue()")
    page.emulate_media(media="print")
    page.wait_for_timeout(100)
    page.emulate_media(media="screen", color_scheme="dark")
    page.keyboard.press("Tab")
    return seen


def harm(opened):
    """Return everything that a text did."""
    page = opened.page
    return [
        *page.evaluate("window.hits"),
        *(frame.url for frame in page.frames[1:]),
        *page.evaluate("harmful(document)"),
        *page.evaluate("Object.keys(Object.prototype).concat({}.polluted ?? [])"),
        *opened.misdeeds(),
    ]


@pytest.mark.slow
def test_texts_run_nothing_ask_for_nothing_and_make_no_element_even_without_the_policy(visit, html, once):
    usual = drive(open_recorded(visit, html).page)
    for spoilt_html in (once.html, once.without_policy):
        opened = open_recorded(visit, spoilt_html)
        assert drive(opened.page, HOSTILE[:20]) <= usual
        assert harm(opened) == []


def wanted_in_details(page_of, *, titles=True, most=None):
    """Return what the details of each feature must hold; of a layer with thousands perhaps only some."""
    return [
        {**one, "texts": [*one["texts"], *one["sources"], *(one["titles"] if titles else ())]}
        for spec in page_of.catalogue
        if spec.style
        for one in expected(spec, page_of.layers, page_of.derived)[:most]
    ]


def wanted_in_claims(layers, language="en"):
    columns = (f"title_{language}", "claimed_by", "conflict", "note", "figure", "unit")
    rows = [row.properties.model_dump(exclude_none=True) for row in layers["timeline"].features]
    return [{"id": row["id"], "texts": [row[name] for name in columns if name in row]} for row in rows]


def test_every_text_in_every_field_is_shown_as_given(visit, whole):
    opened = open_recorded(visit, whole.without_policy)
    page = opened.page
    figures = [(one.title, one.unit, one.how) for one in whole.derived.facts.figures]
    assert page.evaluate(UNLIKE_IN_FIGURES, figures) == []
    assert page.evaluate(UNLIKE_IN_CLAIMS, wanted_in_claims(whole.layers)) == []
    assert page.evaluate(UNLIKE_IN_ABOUT, TEXTS) == []
    assert page.evaluate(UNLIKE_IN_DETAILS, wanted_in_details(whole, most=len(TEXTS))) == []
    credits_line = page.locator("#credits").text_content()
    for source in (row.properties for row in whole.layers["sources"].features):
        assert source.publisher in credits_line
        assert source.licence in credits_line
    assert harm(opened) == []


def test_every_text_of_the_catalogue_is_shown_as_given(visit, titled):
    opened = open_recorded(visit, titled.without_policy)
    extra = [spec for spec in titled.catalogue if spec.name.startswith("extra_")]
    labels = opened.page.locator("#panel .legend li > :nth-child(2)").all_text_contents()
    assert {spec.style.symbols[""].label for spec in extra} <= set(labels)
    assert {spec.title for spec in extra} <= set(opened.page.locator("#panel .layer label").all_text_contents())
    assert opened.page.evaluate(UNLIKE_IN_DETAILS, wanted_in_details(titled, most=1)) == []
    assert harm(opened) == []


@each_language
def test_in_every_language_lists_search_table_map_and_diagram_show_names_as_given(visit, once, language):
    opened = open_recorded(visit, once.without_policy, language)
    page = opened.page
    assert page.evaluate(UNLIKE_IN_DETAILS, wanted_in_details(once, titles=language == "en", most=A_FEW)) == []
    assert page.evaluate(UNLIKE_IN_CLAIMS, wanted_in_claims(once.layers, language)) == []
    page.evaluate("M4.closeDialogue(); press('.layer input:not(:checked), .count, .undrawn:not([hidden])')")
    page.evaluate("void map_reference.setView([35.8, 36.5], 12, { animate: false })")
    page.wait_for_timeout(100)
    names = {text for spec in CATALOGUE if spec.style for text in names_of(spec, once, language)}
    own = own_words(language)
    for where, shown in page.evaluate(NAMES).items():
        assert shown, where
        if where == "bars":
            unknown = [text for text in shown if not any(name in text for name in names) and not own.match(text)]
        else:
            unknown = [text for text in set(shown) - names if not own.fullmatch(text)]
        assert unknown == [], where
    assert harm(opened) == []


def names_of(spec, page_of, language):
    """Return what the features of a layer are called: in the language, else in English."""
    rows = rows_of(spec, page_of.layers, page_of.derived)
    return [row.get(f"name_{language}") or row["name_en"] for row in rows]


def own_words(language):
    """Return what fits the names that the page itself has for computed features, numbered or not."""
    texts = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    names = [re.sub(r"\\{\w+\\}", ".+", re.escape(text)) for key, text in texts.items() if key.startswith("name.")]
    return re.compile("|".join(names) or "(?!)", re.DOTALL)


# ---- The shipped layers ----


def test_every_text_of_every_shipped_feature_is_on_the_page_as_in_its_layer(visit, html, layers, derived):
    opened = open_recorded(visit, html)
    shipped = Built(layers, derived, html)
    assert_data_equal(json.loads(opened.page.evaluate(DATA)), shipped)
    wanted = [one for one in wanted_in_details(shipped) if one["layer"] != "localities"]
    localities = [one for one in wanted_in_details(shipped) if one["layer"] == "localities"]
    assert opened.page.evaluate(UNLIKE_IN_DETAILS, [*wanted, *localities[:: len(localities) // 100]]) == []
    assert opened.page.evaluate(UNLIKE_IN_CLAIMS, wanted_in_claims(layers)) == []
    assert harm(opened) == []


def test_every_hostile_text_comes_whole_into_the_page_and_into_its_downloads(visit, whole):
    opened = open_recorded(visit, whole.html)
    assert_data_equal(json.loads(opened.page.evaluate(DATA)), whole)
    assert harm(opened) == []


def assert_data_equal(data, page_of):
    """Compare what the page holds, and the files that it makes of it, with the rows that it was made from."""
    for spec in (spec for spec in page_of.catalogue if spec.style):
        rows = rows_of(spec, page_of.layers, page_of.derived)
        assert data["layers"][spec.name] == rows, spec.name
        for row in data["collections"][spec.name]:
            row.pop("status_on_day", None)
        assert data["collections"][spec.name] == rows, spec.name
        table = io.StringIO(data["tables"][spec.name].removeprefix("\ufeff"), newline="")
        for row, cells in zip(rows, csv.DictReader(table), strict=True):
            texts = {name: text for name, text in row.items() if isinstance(text, str)}
            # What a spreadsheet would take for a formula stands behind an apostrophe.
            assert {name: cells[name].removeprefix("'") for name in texts} == {
                name: text.removeprefix("'") for name, text in texts.items()
            }, spec.name
    for name in ("timeline", "sources"):
        assert data[name] == dumped(page_of.layers[name]), name
    terms = page_of.layers.agreement
    # The area in which the road is fetched is for the command that fetches it.
    left_out = {"map": True, "corridor": {"fetch_area_deg"}}
    assert data["agreement"] == terms.model_dump(mode="json", exclude_none=True, exclude=left_out)
    assert data["titles"] == terms.map.title.model_dump()
