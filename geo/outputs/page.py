"""The page: folium composes the map and its layers; the data join the finished text and pass through no template."""

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from html import escape
from importlib.resources import files
from typing import Any

import folium
from branca.element import Figure
from folium.template import Template
from pydantic import BaseModel
from shapely.geometry.base import BaseGeometry

from geo.geometry.derive import Derived
from geo.inputs.catalog import CATALOGUE, DerivedSpec, LayerSpec, Style
from geo.inputs.features import Layers
from geo.inputs.geojson import geometry_json

LANGUAGE = "en"
# The layer that the map opens on and its legend begins with.
FOCUS = "corridor"
# One idea a file, in reading order; together they are one script.
SCRIPTS = (
    "data.js",
    "dates.js",
    "state.js",
    "features.js",
    "symbols.js",
    "lines.js",
    "layers.js",
    "selection.js",
    "labels.js",
    "details.js",
    "facts.js",
    "panel.js",
    "main.js",
)
# About 1 m, where a pixel of the nearest zoom is 8 m; the published data keep every vertex.
_DRAWN_TOLERANCE_DEG = 1e-5
_SLOT = re.compile(r"@@([a-z_.]+)@@")
_FETCHED_STYLE = re.compile(r"[\w-]+\s*:\s*url\([^)]*\)\s*;")
_SOURCE_MAP = re.compile(r"\n//# sourceMappingURL=\S*")
_UNSAFE_IN_HTML = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})


def render_page(
    layers: Layers, derived: Derived, as_of: date, *, catalogue: Sequence[LayerSpec | DerivedSpec] = CATALOGUE
) -> str:
    """Return the whole page as HTML text: one file that asks for nothing else.

    Parameters
    ----------
    layers : Layers
        The layers as read.
    derived : Derived
        What was computed from them.
    as_of : date
        The day that the page opens on.
    catalogue : sequence of LayerSpec or DerivedSpec
        Which layers there are, in drawing order; those with a style are drawn.

    Raises
    ------
    ValueError
        If the name of a layer could not stand in a script.
    """
    texts = json.loads(_asset("i18n", f"{LANGUAGE}.json"))
    frame, composition = _compose([spec for spec in catalogue if spec.style])
    styles = {"leaflet.css": _leaflet_css(), "page.css": _asset("page.css")}
    scripts = {"leaflet.js": _leaflet_js(), "page.js": _page_js(), "composition.js": composition}
    return _fill(
        frame,
        {
            "policy": _policy(scripts.values(), styles.values()),
            "language": LANGUAGE,
            "title": escape(texts["page.title"]),
            "noscript": escape(texts["page.noscript"]),
            "data": _json_for_html(_page_data(layers, derived, as_of, catalogue, texts)),
            **styles,
            **scripts,
        },
    )


# ---- The frame: what folium composes. It sees names of layers and fixed assets, never data. ----


def _asset(*path: str) -> str:
    return files(__package__).joinpath("assets", *path).read_text(encoding="utf-8")


class _PageFigure(Figure):
    """The document; it marks with ``@@name@@`` where the texts that no template may touch go."""

    _template = Template(_asset("page.html"))


class _ReferenceMap(folium.Map):
    """A folium map that needs Leaflet and nothing else."""

    _template = Template(_asset("map.html"))
    default_js = [("leaflet", "leaflet.js")]  # noqa: RUF012 - folium's own declaration
    default_css = [("leaflet_css", "leaflet.css")]  # noqa: RUF012

    @classmethod
    def _generate_id(cls) -> str:
        return "reference"  # branca's own is random, and every build must be the same


class _CatalogueLayer(folium.map.Layer):
    """One layer of the catalogue, by its name; the page's script finds features and style under it."""

    _template = Template(_asset("layer.html"))

    def __init__(self, name: str, *, shown: bool) -> None:
        if not (name.isascii() and name.isidentifier()):
            msg = f"layer name {name!r} is not a plain identifier"
            raise ValueError(msg)
        super().__init__(name, overlay=True, show=shown)
        self._name, self._id = "layer", name


def _compose(drawn: Iterable[LayerSpec | DerivedSpec]) -> tuple[str, str]:
    """Return the document with its open slots, and the script that puts the layers on the map."""
    figure = _PageFigure()
    reference_map = _ReferenceMap(tiles=None)
    reference_map.add_to(figure)
    for spec in drawn:
        _CatalogueLayer(spec.name, shown=spec.style is not None and spec.style.shown).add_to(reference_map)
    frame = figure.render()
    return frame, figure.script.render()


def _fill(frame: str, slots: Mapping[str, str]) -> str:
    """Return the frame with every slot filled; it is cut before anything goes in, so no text can open a slot."""
    parts = _SLOT.split(frame)
    parts[1::2] = [slots[name] for name in parts[1::2]]
    return "".join(parts)


# ---- The fixed texts: Leaflet, the page's own script and style, and the policy that allows only these. ----


def _leaflet(name: str) -> str:
    return files("xstatic.pkg.leaflet").joinpath("data", name).read_text(encoding="utf-8")


def _leaflet_js() -> str:
    return _SOURCE_MAP.sub("", _leaflet("leaflet.js"))


def _leaflet_css() -> str:
    """Return Leaflet's style without the pictures of markers and controls that the page does not use."""
    return _FETCHED_STYLE.sub("", _leaflet("leaflet.css"))


def _page_js() -> str:
    return "\n".join(_asset("page", name) for name in SCRIPTS)


def _policy(scripts: Iterable[str], styles: Iterable[str]) -> str:
    return (
        f"default-src 'none'; script-src {_hashes(scripts)}; style-src {_hashes(styles)}; img-src data:; "
        "connect-src 'none'; base-uri 'none'; form-action 'none'"
    )


def _hashes(texts: Iterable[str]) -> str:
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return " ".join(f"'sha256-{b64encode(digest).decode()}'" for digest in digests)


# ---- The data: what the page's script shows with textContent. ----


def _json_for_html(value: Any) -> str:
    """Return JSON that cannot end or open an HTML element."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_UNSAFE_IN_HTML)


def _page_data(
    layers: Layers,
    derived: Derived,
    as_of: date,
    catalogue: Sequence[LayerSpec | DerivedSpec],
    texts: Mapping[str, str],
) -> dict[str, Any]:
    sources = {row.properties.id: _row(row.properties) for row in layers["sources"].features}
    return {
        "language": LANGUAGE,
        "as_of": as_of.isoformat(),
        "focus": FOCUS,
        "texts": texts,
        "credits": _credits(sources.values()),
        "sources": sources,
        "facts": derived.facts.as_json(),
        "layers": [_layer(spec, spec.style, layers, derived, catalogue) for spec in catalogue if spec.style],
    }


def _layer(
    spec: LayerSpec | DerivedSpec,
    style: Style,
    layers: Layers,
    derived: Derived,
    catalogue: Sequence[LayerSpec | DerivedSpec],
) -> dict[str, Any]:
    features: list[tuple[Mapping[str, Any], BaseGeometry | None]]
    if isinstance(spec, LayerSpec):
        titles = _column_titles([spec])
        features = [(_row(row.properties), row.geometry) for row in layers[spec.name].features]
    else:
        titles = _column_titles([spec] if spec.record else catalogue)
        features = [(row.properties, row.geometry) for row in derived.layers[spec.name]]
    return {
        "name": spec.name,
        "title": spec.title,
        "by": style.by,
        "label_from_zoom": style.label_from_zoom,
        "symbols": {class_: asdict(symbol) for class_, symbol in style.symbols.items()},
        "titles": titles,
        "history": derived.histories.get(spec.name, {}),
        **_table([properties for properties, _ in features]),
        "geometries": [_drawn(geometry) for _, geometry in features],
    }


def _column_titles(specs: Iterable[LayerSpec | DerivedSpec]) -> dict[str, str]:
    """Return what the columns of these layers are called, where they agree on it."""
    titles: dict[str, set[str]] = {}
    for spec in specs:
        if spec.record:
            for name, column in spec.record.model_fields.items():
                titles.setdefault(name, set()).add(column.title or name)
    return {name: found.pop() for name, found in titles.items() if len(found) == 1}


def _row(record: BaseModel) -> dict[str, Any]:
    return record.model_dump(mode="json", exclude_none=True)


def _table(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the columns in which anything is known, named once, and the rows under them."""
    columns = list(dict.fromkeys(name for row in rows for name, value in row.items() if value is not None))
    return {"columns": columns, "rows": [[row.get(name) for name in columns] for row in rows]}


def _drawn(geometry: BaseGeometry | None) -> dict[str, Any] | None:
    return geometry_json(geometry and geometry.simplify(_DRAWN_TOLERANCE_DEG))


def _credits(sources: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return who is to be credited under which licence; the one that asks to be seen on the map itself comes first."""
    owed = {(_holder(source), source["licence"]) for source in sources if "licence" in source}
    ordered = sorted(owed, key=lambda credit: (not credit[1].startswith("ODbL"), credit))
    return [{"publisher": publisher, "licence": licence} for publisher, licence in ordered]


def _holder(source: Mapping[str, str]) -> str:
    return source.get("publisher") or source.get("title") or source["url"].partition("//")[2].partition("/")[0]
