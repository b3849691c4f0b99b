"""Attribution and licence of each layer, from the sources of its rows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from geo.inputs.catalog import THE_ROAD, DerivedSpec, LayerSpec
from geo.inputs.files import LAYERS_DIR
from geo.inputs.frames import json_rows
from geo.inputs.layers import Layer, Layers


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence.

    Attributes
    ----------
    id : str
        Short name, from SPDX if it has one.
    title : str
        Name in `layers/sources.csv`.
    url : str
        Address of the text; empty if there is none.
    goes_along : bool
        Whether the text must be handed on with the data.
    """

    id: str
    title: str
    url: str = ""
    goes_along: bool = False

    @property
    def text(self) -> str:
        """The text of a licence that goes along, from ``layers/licences``."""
        return (LAYERS_DIR / "licences" / f"{self.id}.txt").read_text(encoding="utf-8")


# ODbL 1.0, section 4.2 b: what is made from OpenStreetMap is credited and stays under this licence.
ODBL = Licence("ODbL-1.0", "ODbL 1.0", "https://opendatacommons.org/licenses/odbl/1-0/")
_KNOWN = (
    ODBL,
    Licence("CC-BY-4.0", "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    Licence("CC-BY-3.0-IGO", "CC BY 3.0 IGO", "https://creativecommons.org/licenses/by/3.0/igo/"),
    Licence("CC-BY-SA", "CC BY-SA", "https://creativecommons.org/licenses/by-sa/4.0/"),
    Licence("CC0-1.0", "CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    Licence("LGPL-3.0-or-later", "LGPL 3.0 or later", "https://www.gnu.org/licenses/lgpl-3.0.html", goes_along=True),
    Licence("public-domain", "public domain"),
)


@dataclass(frozen=True, slots=True)
class Credit:
    """The rights holder of some data, and the licence."""

    holder: str
    licence: Licence

    def __str__(self) -> str:
        return f"{self.holder}, {self.licence.title}"


def credits_of(spec: LayerSpec | DerivedSpec, layers: Layers) -> tuple[Credit, ...]:
    """Return the credits and licences of a layer; share-alike licences of databases come first.

    Positions are data, and have the licence of their source. A layer without positions, or without a source that has
    a licence, contains facts from reports: it has the licence of the compilation.

    Parameters
    ----------
    spec : LayerSpec or DerivedSpec
        A stored or computed layer.
    layers : Layers
        As read.
    """
    if isinstance(spec, LayerSpec):
        return _ordered(_of_layer(layers[spec.name], layers)) if spec.name in layers else ()
    road = layers.agreement.corridor.road_layer
    parts = [layers[name] for name in (road if one == THE_ROAD else one for one in spec.made_from) if name in layers]
    return _ordered(credit for part in parts for credit in _of_layer(part, layers))


def credit_of_source(id_: str, layers: Layers) -> Credit:
    """Return the credit of one source that has a licence, by its id."""
    return _credit(_licensed(layers)[id_])


def all_credits(layers: Layers) -> tuple[Credit, ...]:
    """Return the credits of all sources that have a licence, in the same order."""
    return _ordered(map(_credit, _licensed(layers).values()))


def licence_of(title: str) -> Licence:
    """Return a licence by its name in the sources."""
    for known in _KNOWN:
        if title == known.title or title.startswith(f"{known.title} ("):
            return known
    return Licence(title, title)


def _licensed(layers: Layers) -> dict[str, dict[str, Any]]:
    sources = layers.frame("sources")
    return {source["id"]: source for source in json_rows(sources[sources["licence"].notna()])}


def _of_layer(layer: Layer, layers: Layers) -> Iterator[Credit]:
    cited = set(layer.frame["sources"].explode()) if layer.spec.geometry else ()
    found = [source for id_, source in _licensed(layers).items() if id_ in cited]
    yield from map(_credit, found)
    if not found:
        terms = layers.agreement.map.compiled
        yield Credit(terms.by, licence_of(terms.licence))


def _credit(source: Mapping[str, Any]) -> Credit:
    site = (source["url"] or "").partition("//")[2].partition("/")[0]
    return Credit(source["publisher"] or source["title"] or site, licence_of(source["licence"]))


def _ordered(found: Iterable[Credit]) -> tuple[Credit, ...]:
    return tuple(sorted(set(found), key=lambda credit: (credit.licence != ODBL, credit.holder, credit.licence.id)))
