"""The data of the page: rows, geometries, texts and symbols, JSON-ready. The page shows them with ``textContent``."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from geo.history.timeline import Timeline, certain_from, post_dates
from geo.inputs.catalog import FOCUS, MAIN, OPENING, DerivedSpec, LayerSpec
from geo.inputs.credits import all_credits
from geo.inputs.frames import json_rows
from geo.inputs.geojson import geometry_json
from geo.inputs.layers import Layers
from geo.inputs.schema import Snapshot
from geo.outputs.context import Build
from geo.outputs.country import country_of, drawn_part
from geo.outputs.inner_ground import inner_ground
from geo.outputs.lead import leads
from geo.outputs.on_day import shown_on, timelines
from geo.outputs.style import DARK, Naming, style_of
from geo.outputs.texts import LANGUAGES, RIGHT_TO_LEFT, texts_of
from geo.outputs.words import Words

# Simplified by 0.7 m and rounded by 0.7 m: about 1 m together; a pixel at the highest zoom is 2 m. The published data
# keep every vertex. Features that are known only to kilometres are simplified by a hundredth of that, in degrees.
_DRAWN_TOLERANCE_DEG, _STEPS_PER_DEG, _TOLERANCE_DEG_PER_M = 6e-6, 100_000, 0.01 / 111_000

# What the note of a source says if we wrote its title, in English.
_OUR_TITLE = r"title in our words|title not known"
# Columns of texts that may be a number.
_NUMBERS = ("figure", "clause")


def page_data(build: Build) -> dict[str, Any]:
    """Return the data of the page except layers and incidents."""
    layers = build.layers
    return {
        "right_to_left": RIGHT_TO_LEFT,
        "as_of": build.as_of.isoformat(),
        "first_day": layers.agreement.map.first_day,
        "last_day": layers.agreement.map.last_day,
        "days_of_change": _days_of_change(build),
        "focus": FOCUS,
        "main_layers": MAIN,
        "texts": {language: page_texts(layers, language) for language in LANGUAGES},
        **_in_languages(build),
        "lead": {language: _leads(build, language) for language in LANGUAGES},
        "dark_colours": dict(DARK),
        "opening_view": _opening_view(build),
        "credits": [{"publisher": one.holder, "licence": one.licence.title} for one in all_credits(layers)],
        "agreement": layers.agreement.model_dump(
            mode="json", exclude_none=True, exclude={"map": True, "corridor": {"fetch_area_deg"}}
        ),
        "inner_ground": asdict(inner) if (inner := inner_ground(build)) else None,
        "map_name": layers.agreement.map.name,
        "sources": [_source(row) for row in json_rows(build.frame("sources"))],
        "timeline": [_event(row) for row in json_rows(build.frame("timeline"))],
        "chapters": list(_chapters(build)),
        "post_dates": {post["id"]: post_dates(post) for post in json_rows(build.frame("observation_posts"))},
        "facts": build.derived.facts.as_json(),
        "corrections": build.corrections,
        "corrected": _corrected(build),
        "stale_after_days": build.stale_after_days,
        "build_id": build.build_id,
    }


def _leads(build: Build, language: str) -> list[Any]:
    """Return the lead in a language from each day on which it changes: the day, and the sentences."""
    return [[day, *sentences] for day, sentences in leads(Words.of(build.layers, language), build.layers) if sentences]


def _opening_view(build: Build) -> list[float] | None:
    """Return the box of what the map shows when it opens: west, south, east, north in degrees; None if nothing.

    It is that of the main layers as they are drawn on the opening day; the main subject is in it on every day.
    """
    shapes: list[BaseGeometry] = [shape for shape in build.frame(FOCUS).geometry if shape is not None]
    for spec in build.drawn(*OPENING):
        shapes += [one.geometry for one in shown_on(spec, build, build.as_of)]
    return [round(float(edge), 4) for edge in shapely.total_bounds(shapes)] if shapes else None


def _chapters(build: Build) -> Iterator[dict[str, Any]]:
    """Yield the chapters by day, each with the box of its view: west, south, east, north in degrees."""
    for row in sorted(json_rows(build.frame("chapters")), key=lambda row: str(row["day"])):
        names = [name.split("/", 1) for name in row["view"]]
        shapes = [shape for layer, id_ in names for shape in _shapes_of(build, layer, id_)]
        view = [round(float(edge), 4) for edge in shapely.total_bounds(shapes)]
        yield {**{column: row[column] for column in ("day", "sentence", "sources")}, "view": view}


def _shapes_of(build: Build, layer: str, id_: str) -> list[BaseGeometry]:
    frame = build.frame(layer)
    return frame.geometry[frame["id"] == id_].tolist()  # type: ignore[no-any-return]


def _corrected(build: Build) -> list[dict[str, Any]]:
    """Return the corrections, oldest first, each with the title of its layer."""
    titles = {spec.name: spec.title for spec in build.layers.catalogue}
    rows = sorted(json_rows(build.frame("corrections")), key=lambda row: (row["date"], row["id"]))
    return [{**_known(row), "layer_title": titles.get(row["layer"], row["layer"])} for row in rows]


def page_texts(layers: Layers, language: str) -> dict[str, str]:
    """Return the texts for the page, without those of figures, of the lead and of sides that the road does not have."""
    others = "|".join({"north", "south", "east", "west"} - {term.side for term in layers.agreement.sides})
    unneeded = re.compile(rf"figures\.|lead\.|.*[._]({others})(_|$)")
    return {key: text for key, text in texts_of(layers, language).items() if not unneeded.match(key)}


def _in_languages(build: Build) -> dict[str, dict[str, dict[str, str]]]:
    """Return, by language, the translations of the texts that the page shows, and the numbers in its form."""
    rows = list(_rows(build))
    terms = [term.model_dump(mode="json") for _, term in build.layers.agreement.named_terms()]
    shown = {text for row in [*rows, *terms] for value in row.values() for text in _texts(value)}
    numbers = sorted({row[column] for row in rows for column in _NUMBERS if row.get(column)})
    own = {language: Words.of(build.layers, language) for language in LANGUAGES[1:]}
    return {
        "translations": {
            language: {text: words.translations[text] for text in sorted(shown & words.translations.keys())}
            for language, words in own.items()
        },
        "numbers": {
            language: {text: fact for text in numbers if (fact := words.fact(text))} for language, words in own.items()
        },
    }


def _rows(build: Build) -> Iterator[dict[str, Any]]:
    """Yield the rows of the timeline, of the chapters and of every drawn layer."""
    for frame in (
        build.frame("timeline"),
        build.frame("chapters"),
        *(build.frame(spec.name) for spec in build.drawn()),
    ):
        yield from json_rows(frame)


def _texts(value: Any) -> list[str]:
    """Return the texts of a value: itself, or those of a list."""
    return [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]


def layer_data(spec: LayerSpec | DerivedSpec, build: Build) -> dict[str, Any]:
    """Return the data of one drawn layer for the page."""
    style, layers = style_of(spec), build.layers
    if not spec.classes:
        raise ValueError(f"layer {spec.name} is not drawn")
    titled = [spec] if spec.record else layers.catalogue
    country = country_of(build) if spec.ends_at_border else None
    return {
        "name": spec.name,
        "title": spec.title,
        "by": spec.by,
        "shown": style.shown,
        "names": {class_: _naming(naming) for class_, naming in style.names.items()},
        "own_names": {id_: _naming(naming) for id_, naming in style.own_names.items()},
        "numbered_name": _naming(style.numbered_name) if style.numbered_name else None,
        "from_zoom": style.from_zoom,
        "is_ground": spec.is_ground,
        "snapshot": _snapshot(layers, spec.name),
        "symbols": {
            class_: {"label": spec.classes[class_], **asdict(symbol)} for class_, symbol in style.symbols.items()
        },
        "titles": _column_titles(titled),
        "features": [
            {
                "properties": _known(row),
                **_places(spec, row, geometry, country if line.class_ in style.symbols else None),
                **_dated(line),
            }
            for row, geometry, line in timelines(spec, build)
        ],
    }


def _naming(naming: Naming) -> dict[str, Any]:
    return {**asdict(naming), "rank": naming.rank}


def _dated(line: Timeline) -> dict[str, Any]:
    """Return what a feature is on each day, without what the page assumes: the class ``""``, on every day."""
    periods = [_without_end((one.begin, one.end, one.status, one.number)) for one in line.periods]
    own = {"class": line.class_, "periods": periods, "event_days": list(line.event_days)}
    assumed: dict[str, Any] = {"class": "", "periods": [[]], "event_days": []}
    return {name: value for name, value in own.items() if value != assumed[name]}


def _without_end(values: Sequence[Any]) -> list[Any]:
    """Return values without those at the end that are None."""
    count = max((place for place, value in enumerate(values, start=1) if value is not None), default=0)
    return list(values[:count])


def _days_of_change(build: Build) -> list[str]:
    """Return the first and the last day of the map, and those between on which features appear, change or disappear."""
    first, last = build.layers.agreement.map.first_day, build.layers.agreement.map.last_day
    lines = (line for spec in build.drawn() for _, _, line in timelines(spec, build))
    return sorted({first, last, *(day for line in lines for day in line.changes() if first <= day <= last)})


def _source(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a source, with the language of its title if that is not the language of the document."""
    is_ours = re.search(_OUR_TITLE, row["note"] or "") and row["language"] != LANGUAGES[0]
    return {**_known(row), "title_language": LANGUAGES[0]} if is_ours else _known(row)


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event, with the day from which it has happened if its date is not a day."""
    since = certain_from(row["date"])
    return _known(row) if since == row["date"] else {**_known(row), "since": since}


def rows_of(spec: LayerSpec | DerivedSpec, build: Build) -> Iterator[tuple[Mapping[str, Any], BaseGeometry | None]]:
    """Yield the known properties of each feature of a layer, JSON-ready, and its geometry."""
    frame = build.frame(spec.name)
    yield from zip(map(_known, json_rows(frame)), frame.geometry, strict=True)


def _snapshot(layers: Layers, name: str) -> str | None:
    """Return the date of the OpenStreetMap data of a layer; None if it is not from OpenStreetMap."""
    collection = layers[name].collection if name in layers else None
    return collection.osm_base if isinstance(collection, Snapshot) else None


def _column_titles(specs: Iterable[LayerSpec | DerivedSpec]) -> dict[str, str]:
    """Return the titles of the columns of these layers, where they agree."""
    titles: dict[str, set[str]] = {}
    for spec in specs:
        if spec.record:
            for name, column in spec.record.model_fields.items():
                titles.setdefault(name, set()).add(column.title or name)
    return {name: found.pop() for name, found in titles.items() if len(found) == 1}


def _known(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value is not None}


def _tolerance_deg(properties: Mapping[str, Any]) -> float:
    """Return the tolerance for simplifying a drawn line."""
    if properties.get("vertex_precision_m"):
        return 0.0  # the precision of each vertex belongs to the vertex
    return max(_DRAWN_TOLERANCE_DEG, (properties.get("precision_m") or 0) * _TOLERANCE_DEG_PER_M)


def _places(
    spec: LayerSpec | DerivedSpec, row: Mapping[str, Any], geometry: BaseGeometry | None, country: BaseGeometry | None
) -> dict[str, Any]:
    """Return where a feature is, and what is drawn of it if that is less; a point unchanged, others for the screen."""
    if geometry is None or isinstance(geometry, Point):
        return {"geometry": geometry_json(geometry)}
    tolerance_deg = _tolerance_deg(row)
    shape = geometry.simplify(tolerance_deg) if tolerance_deg else geometry
    places = {"geometry": _in_steps(shape)}
    # Cut after it was simplified, so that the cut is as exact as the border.
    part = drawn_part(spec, shape, country)
    return places if part is shape else {**places, "drawn": _in_steps(part)}


def _in_steps(geometry: BaseGeometry) -> dict[str, Any]:
    """Return a line or an area as the page reads it: GeoJSON, but each line as the steps from position to position.

    The first step is from 0, 0. The steps are whole numbers, and half as large as coordinates when compressed.
    """
    plain = geometry.__geo_interface__
    return {"type": plain["type"], "steps": _steps(plain["coordinates"])}


def _steps(coordinates: Sequence[Any]) -> list[Any]:
    if not isinstance(coordinates[0][0], float):
        return [_steps(part) for part in coordinates]
    positions = np.rint(np.array(coordinates) * _STEPS_PER_DEG).astype(int)
    return [int(step) for step in np.diff(positions, axis=0, prepend=[[0, 0]]).ravel()]
