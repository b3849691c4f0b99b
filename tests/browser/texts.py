"""Texts that would do harm if they were ever taken for more than text, and layers with one in every field."""

import dataclasses
import random
import re
import unicodedata
import zlib
from functools import cache
from typing import Annotated

from pydantic import BaseModel, TypeAdapter, ValidationError, create_model

from geo.inputs.catalog import CATALOGUE, LayerSpec
from geo.inputs.frames import json_rows
from geo.outputs.words import Words

# What a template sets in the environment of the build if it ever renders one of these.
MARK = "GEO_SSTI"
# Columns whose texts are names and ids, which the page does not translate.
NAMES = ("also_called", "ref", "vertex_between", "vertex_sources")
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


def spliced(count, seed=20200305):
    """Return so many texts, each of halves of two others, the same on every run."""
    hand = random.Random(seed)
    pairs = (hand.sample(HOSTILE, 2) for _ in range(count))
    texts = (one[: len(one) // 2] + other[len(other) // 2 :] for one, other in pairs)
    return [unicodedata.normalize("NFC", text).strip() for text in texts]


SPLICED = spliced(60)
TEXTS = list(dict.fromkeys([*HOSTILE, *filter(None, REFUSED), *SPLICED]))


def dealt(texts, count):
    """Return so many texts, not empty, that together hold every given one."""
    return [" ".join(texts[at::count]) or texts[at % len(texts)] for at in range(count)]


@cache
def _hands(count):
    return dealt(TEXTS, count)


def text_for(field, row, rows):
    """Return the text of a field in a row: the rows of a field together hold every text, each in another order."""
    return _hands(rows)[(zlib.crc32(field.encode()) + row) % rows]


# ---- Layers with a text in every field ----

_TRIALS = {"text": "Any text, at all!", "texts": ("Any text, at all!",), "address": "https://example.org/any"}
# Over how many fields of the agreement, titles and labels the texts are spread: more would be too long for a heading.
_FEW = 7


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


def spoilt_model(model, path, row, rows):
    """Return a record or a term with a text in every field that takes one, however deep."""
    update = {}
    kinds = text_columns(type(model))
    for column in type(model).model_fields:
        field, value = f"{path}.{column}", getattr(model, column)
        if kind := kinds.get(column):
            update[column] = _spoilt_value(kind, value, field, row, rows)
        elif isinstance(value, BaseModel):
            update[column] = spoilt_model(value, field, row, rows)
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            update[column] = tuple(spoilt_model(one, field, row + place, rows) for place, one in enumerate(value))
    return model.model_copy(update=update)


def _spoilt_value(kind, value, field, row, rows):
    if kind == "texts":
        return tuple(text_for(field, row + place, rows) for place in range(len(value)))
    text = text_for(field, row, rows)
    is_within = kind == "address" and text in SPLICED  # the others are no address at all
    return "https://leak.example/" + re.sub(r"[\s<>\"]", "", text) if is_within else text


def spoilt_layers(layers):
    """Return the layers with texts in every field of every row, of the agreement and of the catalogue."""

    def spoilt(name, features):
        return tuple(
            dataclasses.replace(one, properties=spoilt_model(one.properties, name, row, len(features)))
            for row, one in enumerate(features)
        )

    return dataclasses.replace(
        layers,
        by_name={
            name: dataclasses.replace(layer, features=spoilt(name, layer.features)) for name, layer in layers.items()
        },
        agreement=spoilt_model(layers.agreement, "agreement", 0, _FEW),
        catalogue=tuple(_spoilt_spec(spec, place) for place, spec in enumerate(layers.catalogue)),
    )


def _spoilt_spec(spec, place):
    record = spec.record and create_model(spec.record.__name__, __base__=spec.record)
    for number, field in enumerate(record.model_fields.values() if record else ()):
        field.title = text_for("column", place + number, _FEW)
    classes = {class_: text_for("symbol", place + number, _FEW) for number, class_ in enumerate(spec.classes)}
    return dataclasses.replace(spec, title=text_for("title", place, _FEW), record=record, classes=classes)


# ---- What the page is to show ----


def dumped(layer):
    """Return the known properties of every row of a layer."""
    return [row.properties.model_dump(mode="json", exclude_none=True) for row in layer.features]


def rows_of(spec, layers, derived):
    """Return the properties of every feature of a layer as the page is given them, without what is unknown."""
    if isinstance(spec, LayerSpec):
        return dumped(layers[spec.name])
    rows = json_rows(derived.layers[spec.name])
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def expected(spec, layers, derived, language="en"):
    """Return what the details of each feature must show: its free texts, titles, and the texts of its sources.

    A text that the layers translate is shown in the language, but for names, which have columns of their own.
    A computed feature carries free texts of stored ones; its other words are those of the page, in each language.
    """
    stored = [spec] if isinstance(spec, LayerSpec) else [one for one in CATALOGUE if isinstance(one, LayerSpec)]
    free = {
        (column, text)
        for one in stored
        for row in dumped(layers[one.name])
        for column in row.keys() & text_columns(one.record).keys()
        for text in _listed(row[column])
    }
    sources = {row["id"]: row for row in dumped(layers["sources"])}
    words = Words.of(layers, language)

    def shown(column, text):
        return text if column.startswith("name_") or column in NAMES else words.translations.get(text, text)

    def texts_of(row):
        texts = [shown(column, text) for column in row for text in _listed(row[column]) if (column, text) in free]
        cited = [sources[id_] for id_ in row.get("sources", ())]
        return texts + [one[name] for one in cited for name in ("title", "publisher") if name in one]

    rows = rows_of(spec, layers, derived)
    return [{"layer": spec.name, "id": row["id"], "texts": texts_of(row), "titles": _titles(spec, row)} for row in rows]


def _listed(value):
    return value if isinstance(value, list) else [value]


def _titles(spec, row):
    """Return the title of a layer and of the columns that a row fills; names and sources have none of their own."""
    shown = [name for name in row if name not in ("id", "sources") and not name.startswith("name_")]
    fields = spec.record.model_fields if spec.record else {}
    return [spec.title, *(fields[name].title for name in shown if name in fields)]
