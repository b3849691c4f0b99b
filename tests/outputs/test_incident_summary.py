from collections import Counter
from pathlib import Path

from geo.outputs.incident_summary import draw_summary, summary_paths, summary_table

TALLY = Counter(
    {
        ("2020-W01", "north", "in_corridor"): 2,
        ("2020-W01", "north", "rows"): 3,
        ("2020-W04", "south", "outside"): 1,
        ("2020-W04", "south", "rows"): 1,
    }
)


def test_a_row_stands_for_each_week_and_side():
    assert summary_table(TALLY).splitlines() == [
        "week,side,in_corridor,in_zone,outside,rows",
        "2020-W01,north,2,0,0,3",
        "2020-W04,south,0,0,1,1",
    ]


def test_table_and_figure_stand_beside_each_other_under_the_name_asked_for():
    assert summary_paths(Path("a/b.csv")) == (Path("a/b.csv"), Path("a/b.svg"))
    assert summary_paths(Path("a/b.PNG")) == (Path("a/b.csv"), Path("a/b.PNG"))


def test_the_same_counts_give_the_same_figure(tmp_path):
    for kind, start in (("svg", b"<?xml"), ("png", b"\x89PNG")):
        contents = []
        for name in ("one", "two"):
            draw_summary(TALLY, tmp_path / name, kind)
            contents.append((tmp_path / name).read_bytes())
        assert contents[0] == contents[1]
        assert contents[0].startswith(start)
    draw_summary(Counter(), tmp_path / "none", "svg")
