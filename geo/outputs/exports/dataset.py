"""The map as a schema.org ``Dataset`` in JSON-LD, for search engines."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from geo.inputs.credits import credits_of
from geo.inputs.frames import json_rows
from geo.inputs.layers import Layers
from geo.outputs.context import Build
from geo.outputs.exports.data_package import MEDIA_TYPES
from geo.outputs.texts import LANGUAGES, texts_of


def dataset(build: Build, published: Sequence[str] = ()) -> dict[str, Any]:
    """Return the map as a ``Dataset``, ready to be written as JSON.

    Parameters
    ----------
    build : Build
        The agreement of its layers has the title of the map, its days and its area; the catalogue has the credits.
    published : sequence of str
        Names of the files that are published with the page; those with all layers, and the data package, which
        describes the others, are listed.

    Returns
    -------
    dict
        It cites the sources of the agreement as a whole; all other sources are in the data.
    """
    layers = build.layers
    terms, texts = layers.agreement.map, texts_of(layers, LANGUAGES[0])
    owed = dict.fromkeys(credit for spec in layers.catalogue for credit in credits_of(spec, layers))
    licences = dict.fromkeys(credit.licence for credit in owed)
    west, south, east, north = terms.area_deg
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": texts["page.title"],
        "alternateName": [own for one in LANGUAGES[1:] if (own := getattr(terms.title, one))],
        "description": f"{texts['about.shows_text']} {texts['about.limits_text']}",
        "inLanguage": list(LANGUAGES),
        "isAccessibleForFree": True,
        "temporalCoverage": f"{terms.first_day}/{terms.last_day}",
        "spatialCoverage": {
            "@type": "Place",
            # Latitude first, as GeoShape requires.
            "geo": {"@type": "GeoShape", "box": f"{south:g} {west:g} {north:g} {east:g}"},
        },
        "license": [one.url or one.title for one in licences],
        "creator": {"@type": "Organization", "name": terms.compiled.by},
        "isBasedOn": [
            {"@type": "CreativeWork", "creditText": one.holder, "license": one.licence.url or one.licence.title}
            for one in owed
            if one.holder != terms.compiled.by
        ],
        "citation": list(_citations(layers)),
        **({"version": build.build_id} if build.build_id else {}),
        **({"dateModified": build.data_as_of} if build.data_as_of else {}),
        "distribution": [
            {"@type": "DataDownload", "contentUrl": name, "encodingFormat": MEDIA_TYPES[PurePosixPath(name).suffix]}
            for name in _listed(published)
        ],
    }


def _listed(published: Sequence[str]) -> list[str]:
    """Return the files with all layers at the root, one of which describes all others, to keep the page small."""
    return [
        name for name in published if PurePosixPath(name).name == name and PurePosixPath(name).suffix in MEDIA_TYPES
    ]


def _citations(layers: Layers) -> Iterator[str]:
    """Yield the sources of the agreement as a whole, each once and in short form, to keep the page small."""
    sources = {source["id"]: source for source in json_rows(layers.frame("sources"))}
    for id_ in dict.fromkeys(layers.agreement.sources):
        if (source := sources.get(id_)) is not None:
            yield ", ".join(filter(None, (source["title"] or source["publisher"], source["url"])))
