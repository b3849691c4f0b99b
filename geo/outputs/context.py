"""The context of one build: layers, computed layers, day and options."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from geo.inputs.catalog import DerivedSpec, LayerSpec
from geo.inputs.layers import Layers
from geo.outputs.texts import LANGUAGES
from geo.terminal import Report

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.history.derive import Derived
    from geo.outputs.incident_page import PageIncidents


def silent(_step: str, _share: float | None = None, /) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class Build:
    """The inputs and options of one build.

    Attributes
    ----------
    layers : Layers
        The layers, with the catalogue of their folder.
    derived : Derived
        The layers and figures computed from them.
    as_of : date
        The day on which the page opens, and which the figures show.
    build_id : str
        Id of the build, which every file contains.
    data_as_of : str or None
        The newest date that the inputs state: a day, month or year.
    languages : sequence of str
        Languages of the figures, from `geo.outputs.texts.LANGUAGES`; the page has all of them.
    corrections : str or None
        Where readers of the page report mistakes: an e-mail address or a web address.
    stale_after_days : int or None
        Age in days, on the day of reading, from which the page remarks on a snapshot of OpenStreetMap.
    incidents : PageIncidents or None
        Incidents that the page also shows.
    report : callable
        Called with the name of each step as it begins.

    Examples
    --------
    >>> build = Build.of_folder(LAYERS_DIR, as_of=date(2020, 7, 22))
    >>> html = render_page(build)
    >>> outputs = list(data_files(build))
    """

    layers: Layers
    derived: "Derived"
    as_of: date
    build_id: str = ""
    data_as_of: str | None = None
    languages: Sequence[str] = LANGUAGES
    corrections: str | None = None
    stale_after_days: int | None = None
    incidents: "PageIncidents | None" = None
    report: Report = silent

    @classmethod
    def of_folder(cls, folder: Path, *, as_of: date | None = None, incidents: Path | None = None) -> "Build":
        """Read a folder of layers and compute everything that is derived from them.

        Parameters
        ----------
        folder : Path
            The layers folder.
        as_of : date, optional
            The day to show; by default, the opening day of the agreement.
        incidents : Path, optional
            A table of incidents to show as well.

        Raises
        ------
        DataError
            If a file has errors; it lists those of all files.
        DayError
            If the map does not cover the day.
        """
        from geo.inputs.layers import read_layers

        return cls.of_layers(read_layers(folder), as_of=as_of, incidents=incidents)

    @classmethod
    def of_layers(cls, layers: Layers, *, as_of: date | None = None, incidents: Path | None = None) -> "Build":
        """Return a build of layers that were read; parameters and errors as for `of_folder`."""
        from geo.history.derive import derive
        from geo.outputs.incident_page import incidents_for_page
        from geo.outputs.manifest import data_as_of

        day = layers.agreement.map.day_shown(as_of)
        own = incidents_for_page(incidents, layers) if incidents else None
        return cls(layers, derive(layers), day, data_as_of=data_as_of(layers), incidents=own)

    def frame(self, name: str) -> "gpd.GeoDataFrame":
        """Return a stored or computed layer in EPSG:4326; empty if the folder does not have it."""
        return self.derived.layers[name] if name in self.derived.layers else self.layers.frame(name)

    def drawn(self, *names: str) -> list[LayerSpec | DerivedSpec]:
        """Return the layers that have a style, in drawing order; if names are given, only those."""
        return [spec for spec in self.layers.catalogue if spec.classes and (not names or spec.name in names)]
