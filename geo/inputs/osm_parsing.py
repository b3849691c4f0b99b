"""OpenStreetMap data through osmnx, strictly: what libraries warn about or raise over bad data becomes one reason."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import shapely

from geo.errors import SnapshotError
from geo.inputs.osm_ways import Row

# What osmnx, pandas, GDAL and the XML parser raise over data that is not as it should be.
_MALFORMED = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RuntimeError,
    RuntimeWarning,
    shapely.errors.ShapelyError,
    ElementTree.ParseError,
)


@contextmanager
def plain_reasons() -> Iterator[None]:
    """Turn whatever a library raises over bad data into a `SnapshotError`."""
    try:
        yield
    except _MALFORMED as error:
        raise SnapshotError(f"no usable OpenStreetMap data ({type(error).__name__})") from error


@contextmanager
def strict_osmnx() -> Iterator[ModuleType]:
    """Lend osmnx, strict: what numpy and pandas merely warn about, such as a place that is no number, is an error."""
    import osmnx as ox
    from osmnx._errors import InsufficientResponseError

    with warnings.catch_warnings(action="error", category=RuntimeWarning):
        try:
            yield ox
        except InsufficientResponseError as error:
            raise SnapshotError("the M4 is not in it") from error


def osmnx_rows(frame: Any) -> Iterator[Row]:
    """Yield the ways of a frame that osmnx made."""
    for (element, osm_id), row in frame.iterrows():
        if element == "way":
            yield osm_id, row, row["geometry"]
