"""The page of a build: the map, saved."""

from collections.abc import Sequence

from geo.outputs.context import Build
from geo.outputs.map.reference_map import Map

# Tables of the page that are not drawn on its map.
_TABLES = ("corrections", "sources", "timeline")


def render_page(build: Build, published: Sequence[str] = ()) -> str:
    """Return the page as one HTML document that makes no network requests.

    Parameters
    ----------
    build : Build
        The build to show.
    published : sequence of str
        Names of the files that are published with the page, for its metadata.
    """
    page = Map(build=build)
    page.published = published
    page.figure.is_strict = True
    return page.figure.render()


def page_rows(build: Build) -> dict[str, int]:
    """Return the number of rows in the page, by layer and table."""
    rows = {} if build.incidents is None else {"incidents": int(build.incidents.data["rows"])}
    return rows | {name: len(build.frame(name)) for name in (*_TABLES, *(spec.name for spec in build.drawn()))}
