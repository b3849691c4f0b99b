"""The page of a build: the map, saved."""

from collections.abc import Sequence

from geo.inputs.catalog import LayerSpec
from geo.outputs.context import Build
from geo.outputs.map.reference_map import Map
from geo.outputs.output import INCIDENTS, PAGE_TABLES


def render_page(build: Build, published: Sequence[str] = ()) -> str:
    """Return the page as one HTML document that makes no network requests.

    Parameters
    ----------
    build : Build
        What it shows.
    published : sequence of str
        Names of the files that are published beside the page, for those who look for the data.
    """
    page = Map(build=build)
    page.published = published
    page.figure.is_strict = True
    return page.figure.render()


def page_rows(build: Build) -> dict[str, int]:
    """Return by name how many rows of each layer and table the page holds."""
    layers = build.layers
    rows = {} if build.incidents is None else {INCIDENTS: int(build.incidents.data["rows"])}
    rows |= {name: len(layers[name].features) if name in layers else 0 for name in PAGE_TABLES}
    for spec in layers.catalogue:
        if spec.style:
            of_layer = layers[spec.name].features if isinstance(spec, LayerSpec) else build.derived.layers[spec.name]
            rows[spec.name] = len(of_layer)
    return rows
