"""No text does harm, and every text is shown as given: in every field of every layer, however hostile it is."""

import csv
import dataclasses
import io
import json
import os
import re
from importlib.resources import files

import pytest
from pydantic import TypeAdapter, ValidationError

from geo.history.derive import Derived, derive
from geo.inputs.catalog import CATALOGUE, LayerSpec
from geo.inputs.layers import Layers
from geo.inputs.schema import Text
from geo.outputs.context import Build
from geo.outputs.data import data_files
from geo.outputs.document import asset
from geo.outputs.page import render_page
from geo.outputs.words import Words
from tests.browser.texts import (
    HOSTILE,
    MARK,
    REFUSED,
    SPLICED,
    TEXTS,
    dumped,
    expected,
    rows_of,
    spoilt_layers,
    text_columns,
)
from tests.samples import each_language

LAST_PATROL = "2020-08-25"  # every patrol is past
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" [^>]*>\n')
# A road network is a long cell.
csv.field_size_limit(10_000_000)
CORRECTIONS = "<img src=x onerror=HIT('corrections')> {{ 7 * 7 }}"
FOLDER = files("geo.outputs") / "assets" / "i18n"
# The icon in the frame of the page; the only picture that is not WebP.
[ICON] = re.findall(r'<link rel="icon" href="([^"]+)">', asset("page.html"))
A_FEW = 60  # of a layer, where looking at each of thousands shows nothing more

RECORDER = """
window.hits = [];
window.HIT = (what) => { window.hits.push(String(what)); return 'HIT'; };
"""

# Functions of this file in the page. Leaves are elements without elements in them: a text taken for markup is none.
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
  (ADDRESSES.includes(name) && !/^(https?:|mailto:|#$|data:image.webp;base64,[A-Za-z0-9+/=]+$)/.test(value));
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

UNLIKE_IN_ABOUT = """(all) => {
  tool('about.tool');
  return [...missing(content(), all), ...harmful(content())];
}"""

DATA = """() => {
  const byLayer = (take) => Object.fromEntries(M4.catalogue.map((layer) => [layer.name, take(layer)]));
  const propertiesOf = ({ features }) => features.map(({ properties }) => properties);
  const { timeline, agreement } = M4;
  return JSON.stringify({
    layers: byLayer(propertiesOf),
    collections: byLayer((layer) => propertiesOf(JSON.parse(M4.layerAsText(layer, 'geojson')))),
    tables: byLayer((layer) => M4.layerAsText(layer, 'csv')),
    sources: [...M4.sources.values()], timeline: timeline.map(({ since, ...row }) => row), agreement,
    titles: Object.fromEntries([...M4.texts].map(([language, texts]) => [language, texts.get('page.title')])),
  });
}"""

# Where names are shown, by what shows them. The search is by fragments, as a reader's.
NAMES = """(hostile) => {
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
  found.search = ['a', 'script', 'س', 'leak', 'hit', '7', 'i', 'mark', ...hostile].flatMap((text) => {
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
    for accepted in (*HOSTILE, *SPLICED):
        assert text.validate_python(accepted) == accepted
    for refused in REFUSED:
        with pytest.raises(ValidationError):
            text.validate_python(refused)


# ---- The build ----


@dataclasses.dataclass(frozen=True)
class Built:
    """Layers, what was computed from them, and their page."""

    layers: Layers
    derived: Derived
    html: str

    @property
    def without_policy(self):
        """The page as it would be if a browser knew nothing of its policy."""
        html, count = POLICY.subn("", self.html)
        assert count == 1
        return html


@pytest.fixture(scope="module")
def spoilt(layers, shipped):
    """A page with every text in every field of every layer."""
    os.environ.pop(MARK, None)
    changed = spoilt_layers(layers)
    derived = derive(changed)
    return Built(changed, derived, render_page(Build(changed, derived, shipped.as_of, corrections=CORRECTIONS)))


def test_every_text_is_in_every_free_field_and_among_the_titles_labels_and_terms(spoilt):
    def held(texts):
        shown = "\n".join(texts)
        return [text for text in TEXTS if text not in shown]

    for spec in (spec for spec in CATALOGUE if isinstance(spec, LayerSpec)):
        rows = dumped(spoilt.layers[spec.name])
        for column, kind in text_columns(spec.record).items():
            assert kind != "text" or held(row[column] for row in rows) == [], (spec.name, column)
    styled = [spec for spec in spoilt.layers.catalogue if spec.classes]
    assert held(spec.title for spec in styled) == []
    assert held(label for spec in styled for label in spec.classes.values()) == []
    assert held(field.title for spec in styled if spec.record for field in spec.record.model_fields.values()) == []
    assert held(map(str, walked(spoilt.layers.agreement.model_dump()))) == []


def walked(value):
    """Yield every value that is in a value."""
    if isinstance(value, dict | list | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from walked(one)
    else:
        yield value


def test_the_build_renders_no_text_as_a_template_and_writes_none_as_markup(spoilt, shipped):
    written = list(data_files(Build(spoilt.layers, spoilt.derived, shipped.as_of, build_id="0" * 12)))
    assert written
    assert MARK not in os.environ
    assert [text for text in TEXTS if "<" in text and text in spoilt.html] == []


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


def harm(opened):
    """Return everything that a text did."""
    page = opened.page
    return [
        *page.evaluate("window.hits"),
        *(frame.url for frame in page.frames[1:]),
        *(found for found in page.evaluate("harmful(document)") if found != f"link href={ICON}"),
        *page.evaluate("Object.keys(Object.prototype).concat({}.polluted ?? [])"),
        *opened.misdeeds(),
    ]


def wanted_in_details(page_of, language="en", *, titles=True, most=None):
    """Return what the details of each feature must hold; of a layer with thousands perhaps only some."""
    return [
        {**one, "texts": [*one["texts"], *(one["titles"] if titles else ())]}
        for spec in page_of.layers.catalogue
        if spec.classes
        for one in expected(spec, page_of.layers, page_of.derived, language)[:most]
    ]


def wanted_in_claims(layers, language="en"):
    columns = (f"title_{language}", "claimed_by", "conflict", "note", "figure", "unit")
    events, words = dumped(layers["timeline"]), Words.of(layers, language)

    def shown(column, text):  # a figure that is a number has the digits of the language
        found = words.fact(text) if column == "figure" else words.translations.get(text)
        return text if column.startswith("title_") or found is None else found

    return [{"id": row["id"], "texts": [shown(name, row[name]) for name in columns if name in row]} for row in events]


def wanted_in_about(layers):
    terms = layers.agreement
    clauses = (terms.ceasefire, terms.corridor, terms.patrols, terms.closing)
    texts = [terms.title, terms.note, terms.preamble.en, *(text for one in clauses for text in (one.quote, one.note))]
    texts += [side.note for side in terms.sides]
    for document in (*terms.earlier, *terms.later):
        texts += [document.title, document.note, *(text for one in document.points for text in (one.en, one.note))]
    texts += [text for row in layers["corrections"].features for text in (row.properties.before, row.properties.after)]
    return [text for text in texts if text]


def test_every_text_in_every_field_is_shown_as_given(visit, spoilt):
    opened = open_recorded(visit, spoilt.without_policy)
    page = opened.page
    assert page.evaluate(UNLIKE_IN_CLAIMS, wanted_in_claims(spoilt.layers)) == []
    assert page.evaluate(UNLIKE_IN_ABOUT, wanted_in_about(spoilt.layers)) == []
    assert page.locator("#dialogue section").last.locator("bdi").text_content() == CORRECTIONS
    page.keyboard.press("Escape")
    assert page.evaluate(UNLIKE_IN_DETAILS, wanted_in_details(spoilt, most=5 * A_FEW)) == []
    styled = [spec for spec in spoilt.layers.catalogue if spec.classes]
    labels = set(page.locator("#panel .legend li > :nth-child(2)").all_text_contents())
    assert {label for spec in styled for label in spec.classes.values()} <= labels
    titles = set(page.locator("#panel .layer label").all_text_contents())
    assert {spec.title for spec in styled} <= titles
    credits_line = page.locator("#credits").text_content()
    for source in (row.properties for row in spoilt.layers["sources"].features):
        assert source.publisher in credits_line
        assert source.licence in credits_line
    assert_data_equal(json.loads(page.evaluate(DATA)), spoilt)
    assert harm(opened) == []


@each_language
def test_in_every_language_lists_search_table_map_and_diagram_show_names_as_given(visit, spoilt, language):
    opened = open_recorded(visit, spoilt.without_policy, language)
    page = opened.page
    wanted = wanted_in_details(spoilt, language, titles=language == "en", most=A_FEW)
    assert page.evaluate(UNLIKE_IN_DETAILS, wanted) == []
    assert page.evaluate(UNLIKE_IN_CLAIMS, wanted_in_claims(spoilt.layers, language)) == []
    page.evaluate("M4.closeDialogue(); press('.layer input:not(:checked), .count, .undrawn:not([hidden])')")
    opened.set_view(35.8, 36.5, 12)
    page.wait_for_timeout(100)
    rows = [row for spec in CATALOGUE if spec.classes for row in rows_of(spec, spoilt.layers, spoilt.derived)]
    names = {row.get(f"name_{language}") or row["name_en"] for row in rows}
    own = own_words(language)
    for where, shown in page.evaluate(NAMES, HOSTILE).items():
        assert shown, where
        if where == "bars":
            unknown = [text for text in shown if not any(name in text for name in names) and not own.match(text)]
        else:
            unknown = [text for text in set(shown) - names if not own.fullmatch(text)]
        assert unknown == [], where
    page.emulate_media(media="print")
    page.wait_for_function("() => M4.printing")
    assert harm(opened) == []


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
    assert opened.page.evaluate(UNLIKE_IN_DETAILS, wanted_in_details(shipped, most=5 * A_FEW)) == []
    assert opened.page.evaluate(UNLIKE_IN_CLAIMS, wanted_in_claims(layers)) == []
    assert harm(opened) == []


def assert_data_equal(data, page_of):
    """Compare what the page holds, and the files that it makes of it, with the rows that it was made from."""
    for spec in (spec for spec in page_of.layers.catalogue if spec.classes):
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
    for row in data["sources"]:
        row.pop("title_language", None)  # which the page itself adds
    for name in ("timeline", "sources"):
        assert data[name] == dumped(page_of.layers[name]), name
    terms = page_of.layers.agreement
    # The area in which the road is fetched is for the command that fetches it.
    left_out = {"map": True, "corridor": {"fetch_area_deg"}}
    assert data["agreement"] == terms.model_dump(mode="json", exclude_none=True, exclude=left_out)
    assert data["titles"] == terms.map.title.model_dump()
