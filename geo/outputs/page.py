"""The page of a build: the map, saved."""

from collections.abc import Sequence

from geo.outputs.context import Build
from geo.outputs.map.reference_map import Map

# The tables of the page that are not layers of its map.
_TABLES = ("sources", "timeline")


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
    rows = {} if build.incidents is None else {"incidents": int(build.incidents.data["rows"])}
    return rows | {name: len(build.frame(name)) for name in (*_TABLES, *(spec.name for spec in build.drawn()))}
