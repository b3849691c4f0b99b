"""The formats of a build, and the files that each makes. What only one of them needs is loaded with it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from geo.inputs.catalog import DerivedSpec, LayerSpec
from geo.inputs.features import Layers
from geo.outputs.output import PAGE, Output

if TYPE_CHECKING:
    from geo.geometry.derive import Derived
    from geo.outputs.incident_page import PageIncidents


@dataclass(frozen=True, slots=True)
class Edition:
    """What one build is made from, and how it was asked for.

    Attributes
    ----------
    layers : Layers
        As read.
    derived : Derived
        What was computed from them.
    catalogue : sequence of LayerSpec or DerivedSpec
        The catalogue of their folder, in drawing order.
    as_of : date
        The day that the page opens on and the figures show.
    build_id : str
        Which build it is.
    data_as_of : str or None
        The newest date that the inputs state of themselves.
    languages : sequence of str
        Of the figures.
    corrections, stale_after_days, incidents
        As `geo.outputs.page.render_page` takes them.
    report : callable
        Called with the name of each step as it begins.
    """

    layers: Layers
    derived: "Derived"
    catalogue: Sequence[LayerSpec | DerivedSpec]
    as_of: date
    build_id: str
    data_as_of: str | None
    languages: Sequence[str]
    corrections: str | None
    stale_after_days: int
    incidents: "PageIncidents | None"
    report: Callable[[str], None]


def outputs_of(edition: Edition, formats: Sequence[str]) -> list[Output]:
    """Return every file of the formats that were asked for.

    The data package describes the files before it, and the page names them, so both come last.
    """
    outputs: list[Output] = []
    for name, make in _MAKERS.items():
        if name in formats:
            edition.report(f"Writing: {name}")
            outputs.extend(make(edition))
    if "data" in formats:
        outputs.append(_data_package(edition, outputs))
    if "page" in formats:
        edition.report("Writing: page")
        outputs.append(_page(edition, [output.name for output in outputs]))
    return outputs


def _page(edition: Edition, published: Sequence[str]) -> Output:
    from geo.outputs.page import page_rows, render_page

    own = edition.incidents.data if edition.incidents else None
    page = render_page(
        edition.layers,
        edition.derived,
        edition.as_of,
        catalogue=edition.catalogue,
        corrections=edition.corrections,
        stale_after_days=edition.stale_after_days,
        build_id=edition.build_id,
        data_as_of=edition.data_as_of,
        published=published,
        incidents=own,
    )
    rows = page_rows(edition.layers, edition.derived, catalogue=edition.catalogue, incidents=own)
    return Output.of_text(PAGE, page, rows)


def _data(edition: Edition) -> Iterator[Output]:
    from geo.outputs.data import data_files

    yield from data_files(edition.layers, edition.derived, build_id=edition.build_id, catalogue=edition.catalogue)


def _data_package(edition: Edition, outputs: Sequence[Output]) -> Output:
    from geo.outputs.open_formats.data_package import data_package

    return data_package(
        outputs,
        edition.layers,
        edition.derived,
        build_id=edition.build_id,
        data_as_of=edition.data_as_of,
        catalogue=edition.catalogue,
    )


def _export(name: str) -> Callable[[Edition], Iterator[Output]]:
    def make(edition: Edition) -> Iterator[Output]:
        from geo.outputs.open_formats.export import export_files

        yield from export_files(
            [name],
            edition.layers,
            edition.derived,
            build_id=edition.build_id,
            data_as_of=edition.data_as_of,
            catalogue=edition.catalogue,
        )

    return make


def _figures(edition: Edition) -> Iterator[Output]:
    from geo.outputs.figures.files import figure_files

    yield from figure_files(
        edition.layers,
        edition.derived,
        edition.as_of,
        build_id=edition.build_id,
        catalogue=edition.catalogue,
        languages=edition.languages,
        report=edition.report,
    )


_MAKERS: Mapping[str, Callable[[Edition], Iterator[Output]]] = {
    "data": _data,
    "figures": _figures,
    "gpkg": _export("gpkg"),
    "kml": _export("kml"),
    "parquet": _export("parquet"),
}
FORMATS = ("page", *_MAKERS)
