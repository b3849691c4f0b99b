"""What a fetch changed: in one line, and as a page that draws the old road and the new one."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from geo.geometry.judgement import Comparison, Moved, Verdict, osm_base, place
from geo.outputs.document import PALETTE, asset, fill, json_for_html, policy

if TYPE_CHECKING:
    import geopandas as gpd

MOST_PLACES = 12  # drawn enlarged
# Nearer to a place that is drawn already than this, another one would show the same picture.
_APART_DEG = 0.01
_FOLDER = "fetch_report"


def changes_line(comparison: Comparison, old: "gpd.GeoDataFrame") -> str:
    """Return in one line what is different from the old snapshot."""
    lengths = ", ".join(
        f"{direction} {(new_m - old_m) / 1000:+.2f} km" for direction, (old_m, new_m) in comparison.lengths_m.items()
    )
    farthest = comparison.farthest
    return (
        f"beside the snapshot of {osm_base(old)}: {len(comparison.new)} ways new, {len(comparison.gone)} gone, "
        f"{lengths}, moved by {farthest.off_m:.1f} m at most ({farthest.id} at {place(farthest.at)})"
    )


def render_report(
    title: str, source: str, verdict: Verdict, old: "gpd.GeoDataFrame | None", new: "gpd.GeoDataFrame"
) -> str:
    """Return a page that draws the old and the new road and what differs; it makes no network requests.

    Parameters
    ----------
    title : str
        Name of the road.
    source : str
        Where the new road comes from.
    verdict : Verdict
        What is said of it.
    old, new : GeoDataFrame
        The snapshot, if there is one, and the candidate.
    """
    script, style = asset(_FOLDER, "report.js"), asset(PALETTE) + asset(_FOLDER, "report.css")
    data = {
        "source": source,
        "reasons": [*verdict.faults, *verdict.differences],
        "accept": "" if verdict.is_good or verdict.faults else verdict.digest,
        "old": None if old is None else _drawn(old),
        "new": _drawn(new),
        "changes": verdict.comparison and _changes(verdict.comparison),
    }
    return fill(
        asset(_FOLDER, "report.html"),
        {
            "title": f"{escape(title)}: the old road and the new one",
            "policy": policy([script], [style]),
            "style": style,
            "script": script,
            "data": json_for_html(data),
        },
    )


def _drawn(road: "gpd.GeoDataFrame") -> dict[str, object]:
    return {"osm_base": osm_base(road), "lines": [list(line.coords) for line in road.geometry]}


def _changes(comparison: Comparison) -> dict[str, object]:
    return {
        "gone": comparison.gone,
        "new": comparison.new,
        "lengths_m": comparison.lengths_m,
        "places": [
            {"id": moved.id, "off_m": moved.off_m, "at": [moved.at.x, moved.at.y]} for moved in _apart(comparison.moved)
        ],
    }


def _apart(moved: Sequence[Moved]) -> list[Moved]:
    """Return the places where the roads are farthest apart, each only once."""
    kept: list[Moved] = []
    for one in moved:
        if len(kept) < MOST_PLACES and all(one.at.distance(other.at) > _APART_DEG for other in kept):
            kept.append(one)
    return kept
