"""A summary of the layers in one table: counts, grades, precision."""

from collections import Counter
from statistics import median
from typing import Any

from geo.inputs.features import Layer, Layers

HEADER = ("layer", "features", "unlocated", "disputed", "by basis", "by grade", "median precision")
_COUNTS = slice(1, 4)


def summary_text(layers: Layers) -> str:
    """Return a table with one line per layer.

    The columns are: features; features without a geometry, if the layer has geometries; features with conflicting
    sources; counts by basis and by grade; the median of the stated precisions, in metres.
    """
    rows = [HEADER, *(_row(layer) for layer in layers.values())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    counts = range(len(HEADER))[_COUNTS]
    cells = [
        cell.rjust(width) if column in counts else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()


def _row(layer: Layer) -> tuple[str, ...]:
    records = [feature.properties for feature in layer.features]
    located = bool(layer.spec.geometry)
    precisions = [record.precision_m for record in records if getattr(record, "precision_m", None) is not None]
    return (
        layer.spec.name,
        str(len(records)),
        str(sum(feature.geometry is None for feature in layer.features)) if located else "–",
        str(sum(record.is_disputed for record in records)) if "grade" in layer.spec.record.model_fields else "–",
        _by(records, "basis"),
        _by(records, "grade"),
        f"{median(precisions):,.0f} m" if precisions else "–",
    )


def _by(records: list[Any], column: str) -> str:
    values = Counter(getattr(record, column, None) for record in records)
    values.pop(None, None)
    return ", ".join(f"{value} {count}" for value, count in sorted(values.items())) or "–"
