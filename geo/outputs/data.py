"""The layers and the computed geometries as plain files: GeoJSON, and CSV for what has no place."""

import json
from collections.abc import Iterator, Sequence

from geo.geometry.derive import Derived
from geo.inputs.catalog import CATALOGUE, DerivedSpec, LayerSpec
from geo.inputs.features import Layers
from geo.inputs.geojson import collection_text
from geo.inputs.layers import layer_text

# Millimetres, so that rounding costs nothing of the corridor's exactness.
DERIVED_DECIMALS = 8


def data_files(
    layers: Layers, derived: Derived, *, catalogue: Sequence[LayerSpec | DerivedSpec] = CATALOGUE
) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each data file: the layers in catalogue order, then the computed figures."""
    for spec in catalogue:
        if isinstance(spec, LayerSpec):
            yield f"data/{spec.file}", layer_text(layers[spec.name])
        else:
            features = [(dict(feature.properties), feature.geometry) for feature in derived.layers[spec.name]]
            yield f"data/{spec.name}.geojson", collection_text(features, decimals=DERIVED_DECIMALS)
    yield "data/facts.json", json.dumps(derived.facts.as_json(), ensure_ascii=False, indent=1) + "\n"
