"""What ``python -m geo.build --check`` prints: one line per layer, and the files that are not in canonical form."""

from collections import Counter
from statistics import median
from typing import Any

from geo.inputs.files import digest_of
from geo.inputs.layers import Layer, Layers, layer_text

HEADER = ("layer", "features", "unlocated", "disputed", "by basis", "by grade", "median precision")
_COUNTS = ("features", "unlocated", "disputed")
_NONE = "–"


def summary_text(layers: Layers) -> str:
    """Return a table with one line per layer.

    The columns are: features; features without a geometry, if the layer has geometries; features with conflicting
    sources; counts by basis and by grade; the median of the stated precisions, in metres.
    """
    rows = [HEADER, *(_row(layer) for layer in layers.values())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    aligns = [">" if name in _COUNTS else "<" for name in HEADER]
    return "\n".join(
        "  ".join(f"{cell:{align}{width}}" for cell, align, width in zip(row, aligns, widths, strict=True)).rstrip()
        for row in rows
    )


def remarks_on_form(layers: Layers) -> list[str]:
    """Return a line for each file that is valid, but not in canonical form."""
    return [
        f"{layer.spec.file}: valid, but not in canonical form; rewrite it with python -m geo.build --normalise"
        for layer in layers.values()
        if layer.file and digest_of(layer_text(layer).encode()) != layer.digest
    ]


def _row(layer: Layer) -> tuple[str, ...]:
    records = [feature.properties for feature in layer.features]
    unlocated = sum(feature.geometry is None for feature in layer.features)
    disputed = sum(record.is_disputed for record in records)
    precisions = [record.precision_m for record in records if getattr(record, "precision_m", None) is not None]
    return (
        layer.spec.name,
        str(len(records)),
        str(unlocated) if layer.spec.geometry else _NONE,
        str(disputed) if "grade" in layer.spec.record.model_fields else _NONE,
        _counts(records, "basis"),
        _counts(records, "grade"),
        f"{median(precisions):,.0f} m" if precisions else _NONE,
    )


def _counts(records: list[Any], column: str) -> str:
    values = [getattr(record, column, None) for record in records]
    counts = Counter(value for value in values if value is not None)
    return ", ".join(f"{value} {count}" for value, count in sorted(counts.items())) or _NONE
