"""The formats of a build, and their files. Modules that only one format needs are imported with it."""

import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence

from geo.outputs.context import Build
from geo.outputs.output import PAGE, Output


def outputs_of(build: Build, formats: Sequence[str]) -> list[Output]:
    """Return all files of the requested formats.

    The data package describes the other files, and the page lists them, so both come last.
    """
    outputs: list[Output] = []
    for name, make in _MAKERS.items():
        if name in formats:
            build.report(f"Writing: {name}")
            outputs.extend(make(build))
    if "data" in formats:
        outputs.append(_data_package(build, outputs))
    if "page" in formats:
        build.report("Writing: page")
        outputs.append(_page(build, [output.name for output in outputs]))
    return outputs


def _page(build: Build, published: Sequence[str]) -> Output:
    from geo.outputs.page import page_rows, render_page

    return Output.of_text(PAGE, render_page(build, published=published), page_rows(build))


def _data(build: Build) -> Iterator[Output]:
    from geo.outputs.data import data_files

    yield from data_files(build)


def _data_package(build: Build, outputs: Sequence[Output]) -> Output:
    from geo.outputs.exports.data_package import data_package

    return data_package(outputs, build)


def _geopackage(build: Build) -> Iterator[Output]:
    from geo.outputs.exports.geopackage import geopackage

    yield geopackage(build)


def _kml(build: Build) -> Iterator[Output]:
    from geo.outputs.exports.kml import kml

    yield kml(build)


def _geoparquet(build: Build) -> Iterator[Output]:
    from geo.outputs.exports.geoparquet import geoparquet_files

    yield from geoparquet_files(build)


def _figures(build: Build) -> Iterator[Output]:
    from geo.outputs.figures.figure_files import figure_files

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        outputs = list(figure_files(build))
    missing = set()
    for one in caught:
        glyph = re.match(r"Glyph (\d+) .*missing from", str(one.message))
        if glyph:
            missing.add(chr(int(glyph[1])))
        else:
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    if missing:
        named = ", ".join(f"{char} (U+{ord(char):04X})" for char in sorted(missing))
        warnings.warn(f"the fonts of the figures lack {named}: drawn as a box", stacklevel=2)
    yield from outputs


_MAKERS: Mapping[str, Callable[[Build], Iterator[Output]]] = {
    "data": _data,
    "figures": _figures,
    "gpkg": _geopackage,
    "kml": _kml,
    "parquet": _geoparquet,
}
FORMATS = ("page", *_MAKERS)
