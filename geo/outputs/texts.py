"""Texts of the page and the figures in each language, with the names of this map filled in."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from geo.inputs.frames import json_rows
from geo.inputs.layers import Layers
from geo.outputs.document import asset

# The first has all texts.
LANGUAGES = ("en", "fr", "ar", "tr")
RIGHT_TO_LEFT = ("ar",)
# Texts from the agreement about the map, by the key that page and figures use.
_OWN_WORDS = {
    "page.title": "title",
    "about.shows_text": "shows",
    "about.inferred_text": "inferred",
    "about.limits_text": "limits",
    "page.remark": "remark",
}
# Filled in one pass, so that no name can introduce a slot.
_SLOT = re.compile(r"\{(?:road|start|end|half_width_km)\}")
_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def texts_of(layers: Layers, language: str) -> dict[str, str]:
    """Return the texts of the interface in one language, by key.

    Parameters
    ----------
    layers : Layers
        The layers; their agreement has the name of the map, the road and its ends.
    language : str
        One of `LANGUAGES`.

    Returns
    -------
    dict of str to str
        The texts, with ``{road}``, ``{start}``, ``{end}`` and ``{half_width_km}`` filled in; other placeholders are
        filled when the text is shown. ``page.remark`` exists only if the map has one, and ``layer.*`` and ``symbol.*``
        only in languages other than English, whose names are in the catalogue of layers.
    """
    terms = layers.agreement
    texts = dict(_catalogue_of(language))
    for key, of_road in (("layer.road", "layer.{}"), ("symbol.road.", "symbol.{}.")):
        if key in texts:
            texts[of_road.format(terms.corridor.road_layer)] = texts[key]
    names = _names(layers, language)
    filled = {key: _SLOT.sub(lambda slot: names[slot[0]], text) for key, text in texts.items()}
    own = {key: getattr(terms.map, name) for key, name in _OWN_WORDS.items()}
    return filled | {key: words.in_language(language) for key, words in own.items() if words is not None}


def digits(number: str, language: str) -> str:
    """Return a number in the digits of a language; in Arabic, those used in Syria."""
    return number.translate(_ARABIC_DIGITS) if language in RIGHT_TO_LEFT else number


@cache
def _catalogue_of(language: str) -> Mapping[str, str]:
    found: dict[str, str] = json.loads(asset("i18n", f"{language}.json"))
    return found


def _names(layers: Layers, language: str) -> Mapping[str, str]:
    places = {place["id"]: place for place in json_rows(layers.frame("places"))}
    start, end = (_name_of(places[id_], language) if id_ in places else id_ for id_ in layers.agreement.ends)
    corridor = layers.agreement.corridor
    half_width_km = digits(f"{corridor.half_width_m / 1000:g}", language)
    return {"{road}": corridor.road, "{start}": start, "{end}": end, "{half_width_km}": half_width_km}


def _name_of(place: Mapping[str, Any], language: str) -> str:
    return str(place[f"name_{language}"] or place["name_en"])
