"""Incidents as the page's script reads them: columns of numbers in the order of their days, packed as base64."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.history.classification import COLUMNS, Classifier, Places
from geo.history.daily_state import UNKNOWN_DAY
from geo.inputs.features import Layers
from geo.inputs.files import InputFile
from geo.inputs.incident_tables import IncidentTable, read_incidents

# A page with more than these opens slowly on a telephone.
MOST_INCIDENTS = 300_000
# What may stand in a tooltip: columns of so many different words at the most, the first few of them.
_MOST_WORDS = 250
_MOST_COLUMNS = 4
_PER_DEGREE = 1e5  # a metre; a pixel of the nearest zoom is 8 m
_PER_KM = 10
_COMPUTED = ("in_corridor", "side", "chainage_km", "nearest_post")


@dataclass(frozen=True, slots=True)
class PageIncidents:
    """Incidents for the page, and the file that they come from."""

    file: InputFile
    data: Mapping[str, Any]


def incidents_for_page(path: Path, layers: Layers) -> PageIncidents:
    """Read a table of incidents and return what the page is to hold of it.

    Raises
    ------
    DataError
        If it is no such table, or holds more than `MOST_INCIDENTS`.
    OutputError
        If it cannot be read.
    """
    table = read_incidents(path, most_rows=MOST_INCIDENTS, most_words=_MOST_WORDS, leaving_out=COLUMNS)
    return PageIncidents(table.file, page_incidents(table, Classifier.of(layers)))


def page_incidents(table: IncidentTable, where: Classifier) -> dict[str, Any]:
    """Return what the page is to hold of a table of incidents, JSON-ready.

    Positions are rounded to 0.00001 degrees. What the table itself says of where incidents fall does not count: that
    is computed from the layers that the page shows.

    Parameters
    ----------
    table : IncidentTable
        Rows that have a position.
    where : Classifier
        The geometry of the layers.
    """
    days = np.full(len(table.lon), UNKNOWN_DAY) if table.day is None else table.day
    order = np.lexsort((table.lat, table.lon, days))
    places = Places(table.lon[order], table.lat[order], None if table.day is None else days[order])
    found: Mapping[str, Any] = where.columns(places, _COMPUTED)
    side, post = found["side"], found["nearest_post"]
    undated = int(np.count_nonzero(days == UNKNOWN_DAY))
    chainage = np.nan_to_num(found["chainage_km"], nan=0.0)
    return {
        "file": table.file.name,
        "rows": len(order),
        "unplaced": (table.file.rows or 0) - len(order),
        "undated": undated,
        "lon": _packed(np.round(places.lon * _PER_DEGREE), np.int32),
        "lat": _packed(np.round(places.lat * _PER_DEGREE), np.int32),
        "day": _packed(np.where(days == UNKNOWN_DAY, 0, days)[order], np.int32),
        "chainage": _packed(np.clip(np.round(chainage * _PER_KM), 0, np.iinfo(np.uint16).max), np.uint16),
        "side": _coded(np.where(found["in_corridor"], side.codes, -1), side.words),
        "post": _coded(post.codes, post.words),
        "columns": [
            {"name": column.name, **_coded(column.codes[order], column.words)} for column in table.words[:_MOST_COLUMNS]
        ],
    }


def _coded(codes: npt.NDArray[np.int32], words: Sequence[str]) -> dict[str, Any]:
    """Return a column of words as numbers, 0 for none, and the list of the words."""
    kind = np.uint8 if len(words) < np.iinfo(np.uint8).max else np.uint16
    return {"codes": _packed(codes + 1, kind), "texts": list(words)}


_KINDS = {np.dtype(np.int32): "i32", np.dtype(np.uint16): "u16", np.dtype(np.uint8): "u8"}


def _packed(numbers: Any, kind: Any) -> dict[str, str]:
    """Return numbers as the bytes of an array, least significant first."""
    array = np.asarray(numbers).astype(np.dtype(kind).newbyteorder("<"))
    return {"kind": _KINDS[np.dtype(kind)], "data": b64encode(array.tobytes()).decode("ascii")}
