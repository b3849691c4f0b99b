"""The stored and computed layers as plain files: GeoJSON, with a CSV twin except for the ground, or CSV for tables."""

import json
from collections.abc import Iterator

from geo.inputs.catalog import LayerSpec
from geo.inputs.credits import all_credits
from geo.inputs.frames import json_rows
from geo.inputs.geojson import collection_text
from geo.inputs.layers import layer_text
from geo.outputs.context import Build
from geo.outputs.exports.csv_twins import csv_twin
from geo.outputs.exports.tables import DERIVED_DECIMALS, tables_of
from geo.outputs.formulas import guarded_table
from geo.outputs.output import BUILD_MARK, Output


def data_files(build: Build) -> Iterator[Output]:
    """Yield each data file: the layers, their CSV twins, the computed figures, and the licences that go along.

    All but the texts of licences contain the build id.
    """
    layers = build.layers
    mark = {BUILD_MARK: build.build_id}
    for spec in layers.catalogue:
        if isinstance(spec, LayerSpec):
            layer = layers[spec.name]
            text = layer_text(layer, marks=mark)
            text = text if spec.geometry else guarded_table(text)
            yield Output.of_text(f"data/{spec.file}", text, {spec.name: len(layer.features)})
        else:
            frame = build.frame(spec.name)
            rows = zip(json_rows(frame), frame.geometry, strict=True)
            text = collection_text(rows, members=mark, decimals=DERIVED_DECIMALS)
            yield Output.of_text(f"data/{spec.name}.geojson", text, {spec.name: len(frame)})
    for table in tables_of(build):
        # The outlines of the ground would be cells longer than spreadsheets keep.
        if table.is_spatial and not table.spec.is_ground:
            yield csv_twin(table, build.build_id)
    for licence in dict.fromkeys(credit.licence for credit in all_credits(layers)):
        if licence.goes_along:
            yield Output.of_text(f"data/{licence.id}.txt", licence.text, {})
    facts = {**mark, **build.derived.facts.as_json()}
    yield Output.of_text("data/facts.json", json.dumps(facts, ensure_ascii=False, indent=1) + "\n", {})
