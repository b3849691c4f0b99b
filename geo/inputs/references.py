"""Check references between files: ids resolve, sources are used, patrols are in their period; and translations."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from math import inf
from typing import TYPE_CHECKING

from pydantic import BaseModel

from geo.errors import Problem
from geo.inputs import agreement
from geo.inputs.agreement import Agreement, PatrolTerm
from geo.inputs.dates import first_day, last_day
from geo.inputs.schema import ContactLine, JointPatrol

if TYPE_CHECKING:
    from geo.inputs.layer import Feature, Layer

# Columns that name a row of another layer.
REFERENCES = {
    "sources": "sources",
    "place": "places",
    "from_place": "places",
    "to_place": "places",
    "planned_end": "places",
}

# About a kilometre: a locality of the same Arabic name so near to a place is the same village.
_NEAR_DEG = 0.01

TARGETS = frozenset(REFERENCES.values())

_Row = tuple[str, str, BaseModel]  # file, which row, the row


def reference_problems(layers: "Mapping[str, Layer]", terms: Agreement | None, faulty: Set[str]) -> list[Problem]:
    """Return all errors between the files.

    Parameters
    ----------
    layers : mapping of str to Layer
        The layers that were read.
    terms : Agreement or None
        The agreed terms; None if they could not be read.
    faulty : set of str
        Files that have errors themselves; references to their rows are not checked.
    """
    rows = list(_rows(layers.values(), terms))
    sound = {name: layer for name, layer in layers.items() if layer.spec.file not in faulty}
    problems = list(_unresolved(rows, sound))
    if not faulty and not problems and terms is not None:  # otherwise a misspelt source could appear unused
        problems += _unused_sources(rows, layers)
    if terms is not None and terms.patrols is not None and "joint_patrols" in layers:
        problems += _patrols_outside_their_period(layers["joint_patrols"], terms.patrols)
    if "localities" in layers and "places" in layers:
        problems += _localities_that_are_places(layers["localities"], layers["places"])
    if "chapters" in layers:
        problems += _chapters_that_cannot_be_shown(layers["chapters"], sound, terms)
    if "translations" in layers:
        problems += _translated_twice(layers["translations"])
    return problems


def stale_translations(layers: "Mapping[str, Layer]", terms: Agreement) -> list[Problem]:
    """Return a problem for each translation of a text that neither a layer nor the agreement contains (any longer).

    It is not among the `reference_problems`, because it harms no reader: the new text is shown in English.
    """
    if "translations" not in layers:
        return []
    others = [layer for layer in layers.values() if layer is not layers["translations"]]
    rows = [*(feature.properties for layer in others for feature in layer.features), terms]
    known = {text for row in rows for text in _texts_in(row.model_dump(mode="json"))}
    translations = layers["translations"]
    return [
        Problem(
            translations.spec.file,
            f"feature {row.id!r}",
            "en",
            "this text is in no other file",
            "copy the text that is there now and check its translations, or remove the row",
        )
        for row in (feature.properties for feature in translations.features)
        if row.en not in known
    ]


def cited_sources(layers: "Mapping[str, Layer]", terms: Agreement | None) -> set[str]:
    """Return the ids of all sources that the layers or the terms cite."""
    return _cited(_rows(layers.values(), terms))


def unresolved(layer: "Layer", targets: "Mapping[str, Layer]") -> list[Problem]:
    """Return a problem for each id in a layer that does not exist in the layer it refers to."""
    return list(_unresolved(_rows([layer], None), targets))


def _rows(layers: "Iterable[Layer]", terms: Agreement | None) -> Iterator[_Row]:
    for layer in layers:
        for feature in layer.features:
            yield layer.spec.file, f"feature {feature.properties.id!r}", feature.properties
    for where, term in terms.named_terms() if terms else ():
        yield agreement.FILE, where, term


def _unresolved(rows: Iterable[_Row], layers: "Mapping[str, Layer]") -> Iterator[Problem]:
    known = {name: {row.properties.id for row in layers[name].features} for name in TARGETS if name in layers}
    for file, where, row in rows:
        for column, ids in _references(row):
            target = REFERENCES[column.removeprefix("vertex_")]
            for id_ in ids:
                if target in known and id_ not in known[target]:
                    target_file = layers[target].spec.file
                    found, repair = f"unknown id {id_!r}", f"correct it, or add it to {target_file}"
                    yield Problem(file, where, column, found, repair)


def _references(row: BaseModel) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each column that names rows of another layer, with the ids that it names."""
    known = type(row).model_fields
    for column in (column for column in REFERENCES if column in known):
        value = getattr(row, column)
        yield column, (value,) if isinstance(value, str) else value or ()
    if isinstance(row, ContactLine):
        yield "vertex_sources", tuple(dict.fromkeys(id_ for entry in row.vertex_sources for id_ in entry.split()))


def _unused_sources(rows: Iterable[_Row], layers: "Mapping[str, Layer]") -> Iterator[Problem]:
    used = _cited(rows)
    for source in layers["sources"].features:
        if source.properties.id not in used:
            where, repair = f"feature {source.properties.id!r}", "cite it, or remove the row"
            yield Problem(layers["sources"].spec.file, where, "id", "this source is not cited", repair)


def _cited(rows: Iterable[_Row]) -> set[str]:
    return {id_ for _, _, row in rows for id_ in getattr(row, "sources", None) or ()}


def _patrols_outside_their_period(patrols: "Layer", terms: PatrolTerm) -> Iterator[Problem]:
    start, end = terms.starting_on, terms.last_known_on
    for feature in patrols.features:
        row: JointPatrol = feature.properties
        if row.number and row.date and not first_day(start) <= first_day(row.date) <= last_day(end):
            repair = f"write a date from {start} to {end}, the period of the patrols in {agreement.FILE}"
            yield Problem(patrols.spec.file, f"feature {row.id!r}", "date", row.date, repair)


def _localities_that_are_places(localities: "Layer", places: "Layer") -> Iterator[Problem]:
    """Yield each locality that is also a place: of the same GeoNames id or, if the place has none, near it by name."""
    by_id = {row.properties.geonames_id: row.properties.id for row in places.features if row.properties.geonames_id}
    unnumbered = [row for row in places.features if row.geometry and not row.properties.geonames_id]
    for row in localities.features:
        near = (place.properties.id for place in unnumbered if _is_same(place, row))
        place = by_id.get(row.properties.geonames_id) or next(near, None)
        if place:
            where, found = f"feature {row.properties.id!r}", f"the place {place!r} of {places.spec.file} once more"
            yield Problem(
                localities.spec.file,
                where,
                "geonames_id",
                found,
                "remove it; its spellings belong to also_called there",
            )


def _is_same(place: "Feature", locality: "Feature") -> bool:
    name = place.properties.name_ar
    distance_deg = place.geometry.distance(locality.geometry) if place.geometry and locality.geometry else inf
    return name is not None and name == locality.properties.name_ar and distance_deg < _NEAR_DEG


def _chapters_that_cannot_be_shown(
    chapters: "Layer", layers: "Mapping[str, Layer]", terms: Agreement | None
) -> Iterator[Problem]:
    """Yield each feature of a view that is unknown or has no position, and each day that the map does not cover."""
    known = {f"{name}/{row.properties.id}": row.geometry for name, layer in layers.items() for row in layer.features}
    for row in (feature.properties for feature in chapters.features):
        where = f"feature {row.id!r}"
        for name in row.view:
            if name.partition("/")[0] in layers and known.get(name) is None:
                found = f"{name!r} has no position" if name in known else f"unknown feature {name!r}"
                yield Problem(chapters.spec.file, where, "view", found, "name a feature with a position, as layer/id")
        if terms is not None and not terms.map.first_day <= row.day <= terms.map.last_day:
            repair = f"write a day from {terms.map.first_day} to {terms.map.last_day}, which the map covers"
            yield Problem(chapters.spec.file, where, "day", row.day, repair)


def _translated_twice(translations: "Layer") -> Iterator[Problem]:
    count = Counter(feature.properties.en for feature in translations.features)
    for row in (feature.properties for feature in translations.features):
        if count[row.en] > 1:
            found = f"{count[row.en]} rows have this text"
            yield Problem(translations.spec.file, f"feature {row.id!r}", "en", found, "keep one row for each text")


def _texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for part in value.values() for text in _texts_in(part))
    elif isinstance(value, list):
        yield from (text for part in value for text in _texts_in(part))
