"""The page: fixed texts in a fixed frame, and the data beside them as JSON. No template sees either.

The map itself is composed in the browser, from the catalogue among the data. Folium composed it before; importing it
took as long as everything else together.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from html import escape
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import shapely
from pydantic import BaseModel
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry, BaseMultipartGeometry

from geo.geometry.derive import Derived
from geo.inputs.catalog import DerivedSpec, LayerSpec, Style
from geo.inputs.credits import all_credits
from geo.inputs.features import Layers
from geo.inputs.geojson import DECIMALS
from geo.inputs.schema import Snapshot, TimelineEvent
from geo.outputs.context import Build
from geo.outputs.document import PALETTE, asset, compact_json, fill, json_for_html, policy
from geo.outputs.open_formats.dataset import dataset
from geo.outputs.output import INCIDENTS, PAGE_TABLES
from geo.outputs.texts import LANGUAGES, RIGHT_TO_LEFT, texts_of

# The layer that the map opens on and its legend begins with.
FOCUS = "corridor"
# The layer that says how far the ground reaches that the map shows; without it the map has no end.
GROUND = "basemap"
# Pictures of the map that a reader may ask for, over http and https only: their provider wants to know which site asks,
# and a page on disk cannot say.
TILES: Mapping[str, Any] = {
    "provider": "openstreetmap.org",
    "url": "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
    "attribution": "© OpenStreetMap contributors",
    "max_zoom": 19,
}
# One idea a file, in reading order; together they are one script.
SCRIPTS = (
    "address.js",
    "data.js",
    "languages.js",
    "dates.js",
    "state.js",
    "features.js",
    "symbols.js",
    "lines.js",
    "uncertainty.js",
    "layers.js",
    "selection.js",
    "labels.js",
    "coordinates.js",
    "details.js",
    "tools.js",
    "downloads.js",
    "leaflet_licence.js",
    "about.js",
    "print.js",
    "search.js",
    "table.js",
    "claims.js",
    "facts.js",
    "tiles.js",
    "panel.js",
    "date_control.js",
    "diagram.js",
    "link.js",
    "main.js",
)
STYLES = (
    "page.css",
    "tools.css",
    "languages.css",
    "search.css",
    "table.css",
    "claims.css",
    "date_control.css",
    "diagram.css",
    "about.css",
    "print.css",
)
# Only in a page that holds incidents; before the script that opens it.
INCIDENTS_SCRIPT, INCIDENTS_STYLE = "incidents.js", "incidents.css"
# Simplifying by 0.7 m and rounding by 0.7 m: 1 m or so together, where a pixel of the nearest zoom is 8 m. The
# published data keep every vertex. What is known to kilometres only is drawn to a hundredth of that, in degrees.
_DRAWN_TOLERANCE_DEG, _STEP_DEG, _TOLERANCE_DEG_PER_M = 6e-6, 1e-5, 0.01 / 111_000
_FETCHED_STYLE = re.compile(r"[\w-]+\s*:\s*url\([^)]*\)\s*;")
_SOURCE_MAP = re.compile(r"\n//# sourceMappingURL=\S*")


def render_page(build: Build, *, published: Sequence[str] = ()) -> str:
    """Return the whole page as HTML text: one file that asks for nothing else.

    Parameters
    ----------
    build : Build
        What the page shows; the layers of its catalogue that have a style are drawn.
    published : sequence of str
        Names of the files that are published beside the page, for those who look for the data.
    """
    layers, incidents = build.layers, build.incidents
    texts = {language: _page_texts(layers, language) for language in LANGUAGES}
    with_incidents = incidents is not None
    styles = {"leaflet.css": _leaflet_css(), "page.css": _page_css(with_incidents=with_incidents)}
    scripts = {"leaflet.js": _leaflet_js(), "page.js": _page_js(with_incidents=with_incidents)}
    return fill(
        asset("page.html"),
        {
            "policy": policy(scripts.values(), styles.values(), pictures_from=_tile_site()),
            "build": escape(build.build_id),
            "language": LANGUAGES[0],
            "title": escape(texts[LANGUAGES[0]]["page.title"]),
            "noscript": _noscript(texts),
            "dataset": json_for_html(dataset(build, published)),
            "data": json_for_html(
                {
                    **_page_data(layers, build.derived, build.as_of, layers.catalogue, texts),
                    "corrections": build.corrections,
                    "stale_after_days": build.stale_after_days,
                    "build_id": build.build_id,
                    **({} if incidents is None else {"incidents": incidents.data}),
                }
            ),
            **styles,
            **scripts,
        },
    )


def page_rows(build: Build) -> dict[str, int]:
    """Return by name how many rows of each layer and table the page is to hold."""
    layers, derived = build.layers, build.derived
    own = {} if build.incidents is None else {INCIDENTS: int(build.incidents.data["rows"])}
    rows = own | {name: len(layers[name].features) if name in layers else 0 for name in PAGE_TABLES}
    for spec in layers.catalogue:
        if spec.style and isinstance(spec, LayerSpec):
            rows[spec.name] = len(layers[spec.name].features)
        elif spec.style:
            rows[spec.name] = len(derived.layers[spec.name])
    return rows


# ---- The fixed texts: Leaflet, the page's own script and style, and the policy that allows only these. ----


def _page_texts(layers: Layers, language: str) -> dict[str, str]:
    """Return the texts that this page may need: not those of figures, nor of sides that its road does not have."""
    others = "|".join({"north", "south", "east", "west"} - {term.side for term in layers.agreement.sides})
    unneeded = re.compile(rf"figures\.|.*[._]({others})(_|$)")
    return {key: text for key, text in texts_of(layers, language).items() if not unneeded.match(key)}


def _noscript(texts: Mapping[str, Mapping[str, str]]) -> str:
    """Return the same sentence in every language: without a script, none can be chosen."""
    directions = {language: "rtl" if language in RIGHT_TO_LEFT else "ltr" for language in texts}
    return "".join(
        f'<p lang="{language}" dir="{directions[language]}">{escape(own["page.noscript"])}</p>'
        for language, own in texts.items()
    )


def _leaflet(name: str) -> str:
    return files("xstatic.pkg.leaflet").joinpath("data", name).read_text(encoding="utf-8")


def _leaflet_js() -> str:
    return _SOURCE_MAP.sub("", _leaflet("leaflet.js"))


def _leaflet_css() -> str:
    """Return Leaflet's style without the pictures of markers and controls that the page does not use."""
    return _FETCHED_STYLE.sub("", _leaflet("leaflet.css"))


def _page_js(*, with_incidents: bool) -> str:
    names = [*SCRIPTS, INCIDENTS_SCRIPT] if with_incidents else SCRIPTS
    return "\n".join(asset("page", name) for name in names)


def _page_css(*, with_incidents: bool) -> str:
    names = [*STYLES, INCIDENTS_STYLE] if with_incidents else STYLES
    return "\n".join([asset(PALETTE), *(asset("page", name) for name in names)])


def _tile_site() -> str:
    address = urlsplit(TILES["url"])
    return f"{address.scheme}://{address.netloc}"


# ---- The data: what the page's script shows with textContent. ----


def _page_data(
    layers: Layers,
    derived: Derived,
    as_of: date,
    catalogue: Sequence[LayerSpec | DerivedSpec],
    texts: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    sources = {row.properties.id: _row(row.properties) for row in layers["sources"].features}
    return {
        "right_to_left": RIGHT_TO_LEFT,
        "as_of": as_of.isoformat(),
        "first_day": layers.agreement.map.first_day,
        "last_day": layers.agreement.map.last_day,
        "focus": FOCUS,
        "ground": GROUND,
        "tiles": TILES,
        "texts": texts,
        "credits": [{"publisher": one.holder, "licence": one.licence.title} for one in all_credits(layers)],
        "agreement": layers.agreement.model_dump(mode="json", exclude_none=True, exclude={"map"}),
        "map_name": layers.agreement.map.name,
        "sources": _table(list(sources.values())),
        "timeline": _table([_row(row.properties) for row in layers.features("timeline", TimelineEvent)]),
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
        "shown": style.shown,
        "label_from_zoom": style.label_from_zoom,
        "from_zoom": style.from_zoom,
        "snapshot": _snapshot(layers, spec.name),
        "symbols": {class_: asdict(symbol) for class_, symbol in style.symbols.items()},
        "titles": titles,
        "history": derived.histories.get(spec.name, {}),
        **_table([properties for properties, _ in features]),
        "geometries": [_drawn(geometry, _tolerance_deg(properties)) for properties, geometry in features],
    }


def _snapshot(layers: Layers, name: str) -> str | None:
    """Return as of when a layer was taken from OpenStreetMap; None if it was not."""
    collection = layers[name].collection if name in layers else None
    return collection.osm_base if isinstance(collection, Snapshot) else None


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
    """Return what is known, every column named once and every text that repeats written once.

    ``columns`` is their order. A column in ``constant`` has that value in every row and stands in none; in a column
    in ``codes`` the rows hold places in the list of its texts.
    """
    columns = list(dict.fromkeys(name for row in rows for name, value in row.items() if value is not None))
    values = {name: [row.get(name) for row in rows] for name in columns}
    constant = {name: column[0] for name, column in values.items() if all(one == column[0] for one in column)}
    varying = {name: column for name, column in values.items() if name not in constant}
    codes: dict[str, list[str]] = {}
    for name, column in varying.items():
        coded, texts = _coded(column)
        if len(compact_json((coded, texts))) < len(compact_json(column)):
            varying[name], codes[name] = coded, texts
    return {
        "columns": columns,
        "constant": constant,
        "codes": codes,
        "rows": [list(row) for row in zip(*varying.values(), strict=True)] or [[] for _ in rows],
    }


def _coded(column: Sequence[Any]) -> tuple[list[Any], list[str]]:
    """Return a column of texts, or of lists of texts, as places in the list of its texts; any other as it is."""
    flat = [text for value in column for text in (value if isinstance(value, list) else [value]) if text is not None]
    if not all(isinstance(text, str) for text in flat):
        return list(column), []
    place = {text: index for index, text in enumerate(dict.fromkeys(flat))}
    coded = [[place[text] for text in value] if isinstance(value, list) else place.get(value) for value in column]
    return coded, list(place)


def _tolerance_deg(properties: Mapping[str, Any]) -> float:
    """Return how far the drawn line may leave the published one."""
    if properties.get("vertex_precision_m"):
        return 0.0  # what is known of each vertex goes with the vertex
    return max(_DRAWN_TOLERANCE_DEG, (properties.get("precision_m") or 0) * _TOLERANCE_DEG_PER_M)


def _drawn(geometry: BaseGeometry | None, tolerance_deg: float = _DRAWN_TOLERANCE_DEG) -> Any:
    """Return a point as it is published, and anything else as whole steps of `_STEP_DEG` from vertex to vertex."""
    if geometry is None:
        return None
    if isinstance(geometry, Point):
        return [round(geometry.x, DECIMALS), round(geometry.y, DECIMALS)]
    return {
        "type": geometry.geom_type,
        "steps": _steps(geometry.simplify(tolerance_deg) if tolerance_deg else geometry),
    }


def _steps(geometry: BaseGeometry) -> list[Any]:
    """Return the steps of a line, or a list of those of its parts or rings, nested as GeoJSON has them."""
    if isinstance(geometry, Polygon):
        return [_steps(ring) for ring in (geometry.exterior, *geometry.interiors)]
    if isinstance(geometry, BaseMultipartGeometry):
        return [_steps(part) for part in geometry.geoms]
    whole = np.rint(shapely.get_coordinates(geometry) / _STEP_DEG).astype(np.int64)
    steps: list[Any] = np.diff(whole, axis=0, prepend=0).ravel().tolist()
    return steps
