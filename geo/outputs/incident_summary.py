"""How many incidents fell where, by week and side: a table, and a figure of it."""

import csv
import io
from pathlib import Path

from geo.inputs.catalog import NORTH, PAPER, SOUTH
from geo.outputs.incident_tables import COUNTS, Tally

FIGURE_SUFFIXES = (".svg", ".png")
_SIDES = {"north": NORTH, "south": SOUTH, "east": NORTH, "west": SOUTH}
_TITLES = {"in_corridor": "In the corridor", "in_zone": "In the zone", "outside": "Outside both"}


def summary_paths(asked: Path) -> tuple[Path, Path]:
    """Return where the table and the figure of a summary go: beside each other, under the name that was asked for."""
    if asked.suffix.lower() in FIGURE_SUFFIXES:
        return asked.with_suffix(".csv"), asked
    return asked, asked.with_suffix(FIGURE_SUFFIXES[0])


def summary_table(tally: Tally) -> str:
    """Return the counts as CSV, one row for each week and side; empty where week or side is not known.

    Rows in the corridor may be in the zone too, and are then counted in both; ``outside`` is in neither.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["week", "side", *COUNTS])
    for week, side in sorted({(week, side) for week, side, _ in tally}):
        writer.writerow([week, side, *(tally[week, side, name] for name in COUNTS)])
    return text.getvalue()


def draw_summary(tally: Tally, path: Path, kind: str) -> None:
    """Draw the counts by week, the sides above each other, and write the figure.

    Parameters
    ----------
    tally : Counter
        As `geo.outputs.incident_tables.Classified` has it.
    path : Path
        Where to write it.
    kind : str
        ``svg`` or ``png``.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    weeks = _every_week({week for week, _, _ in tally if week})
    seen = {side for _, side, _ in tally}
    places = list(range(len(weeks)))
    with mpl.rc_context({"svg.hashsalt": "idlib-m4-map", "font.family": "sans-serif"}):
        figure = Figure(figsize=(9, 6), facecolor=PAPER, layout="constrained")
        for axes, (name, title) in zip(figure.subplots(3, 1, sharex=True), _TITLES.items(), strict=True):
            below = [0] * len(weeks)
            for side in [side for side in _SIDES if side in seen]:
                counts = [tally[week, side, name] for week in weeks]
                axes.bar(places, counts, bottom=below, color=_SIDES[side], width=1.0, label=f"{side} of the road")
                below = [low + count for low, count in zip(below, counts, strict=True)]
            axes.set_title(title, loc="left", fontsize=10)
            axes.set_ylabel("rows a week")
            axes.yaxis.get_major_locator().set_params(integer=True)
            axes.set_facecolor(PAPER)
            axes.spines[["top", "right"]].set_visible(False)
        if weeks:
            shown = places[:: max(1, len(weeks) // 12)]
            axes.set_xticks(shown, [weeks[place] for place in shown], rotation=30, ha="right")
            figure.axes[0].legend(frameon=False, fontsize=9)
        figure.savefig(path, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else {"Software": None})


def _every_week(seen: set[str]) -> list[str]:
    """Return all weeks from the first to the last, so that empty ones show as gaps."""
    from datetime import date, timedelta

    if not seen:
        return []
    first, last = (date.fromisocalendar(int(week[:4]), int(week[6:]), 1) for week in (min(seen), max(seen)))
    count = (last - first).days // 7 + 1
    days = [first + timedelta(weeks=number) for number in range(count)]
    return [f"{day.isocalendar().year}-W{day.isocalendar().week:02}" for day in days]
