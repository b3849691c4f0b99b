import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path

import pytest
from PIL import Image

from geo.history.derive import derive
from geo.outputs.figures.figure_files import figure_files
from geo.outputs.figures.sheet import KINDS
from geo.outputs.manifest import build_of
from tests.outputs.figures.written import lines_of, markers_of, names_of

CHECKOUT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def files(full_build):
    """Return the published figures."""
    return {path.name: path.read_bytes() for path in (full_build / "figures").iterdir()}


def test_every_figure_comes_in_both_sizes_and_three_kinds(files):
    figures = product(("map", "patrols", "line_moved"), ("a4", "slide"), KINDS)
    assert set(files) == {f"{name}_{size}_ar.{kind}" for name, size, kind in figures}


def test_every_file_says_its_build(files, full_build):
    build = build_of(full_build).encode()
    marks = {".png": b"tEXtbuild\0", ".svg": b"<dc:identifier>build ", ".pdf": b"/Keywords (build "}
    for name, content in files.items():
        assert marks[Path(name).suffix] + build in content, name


def test_every_picture_can_be_decoded_and_is_small(files):
    for name, content in files.items():
        assert len(content) < 1_500_000, name
        if name.endswith(".png"):
            with Image.open(io.BytesIO(content)) as picture:
                picture.load()
                assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_each_figure_is_reported_as_it_begins(shipped):
    reported = []
    next(figure_files(replace(shipped, languages=("tr",), report=lambda *step: reported.append(step))))
    assert reported == [("Drawing figure 1 of 6: map_a4_tr", 0)]


def test_all_fonts_of_a_pdf_are_embedded_as_truetype(files):
    for name, content in files.items():
        if name.endswith(".pdf"):
            fonts = re.findall(rb"/Subtype /(Type0|Type1|Type3|TrueType|MMType1)\b", content)
            assert set(fonts) == {b"Type0"}, name
            assert content.count(b"/FontFile2 ") == content.count(b"/Subtype /CIDFontType2") == len(fonts), name
            assert set(re.findall(rb"/BaseFont /[A-Z]{6}\+([\w-]+)", content)) <= {
                *(b"IBMPlexSansArabic-Regular", b"IBMPlexSansArabic-SemiBold"),
                *(b"IBMPlexSansRoman-Regular", b"IBMPlexSansRoman-SemiBold"),
            }


def test_an_svg_asks_for_no_font_and_no_other_file(files):
    for name, content in files.items():
        if name.endswith(".svg"):
            assert b"<text" not in content
            assert b"font-family" not in content
            links = set(re.findall(rb'(?:href|src)="([^#"]+)', content))
            assert {link for link in links if not link.startswith(b"data:image/png;base64,")} <= {
                b"http://purl.org/dc/dcmitype/StillImage"
            }


def test_no_text_overlaps_another(sheets):
    for key, sheet in sheets.items():
        lines = lines_of(sheet)
        clashes = [
            (one.text, other.text)
            for one, other in combinations(lines, 2)
            if one.box.padded(-0.8).overlaps(other.box.padded(-0.8)) and not _are_numbers(one, other)
        ]
        assert clashes == [], key


def _are_numbers(one, other):
    """Return whether both are numbers in markers, which overlap where the markers do."""
    return one.text.isdigit() and other.text.isdigit()


def test_no_text_leaves_the_sheet(sheets):
    for key, sheet in sheets.items():
        edge = 20 * sheet.unit_pt * sheet.figure.dpi / 72
        whole = sheet.figure.bbox.padded(-edge)
        for line in lines_of(sheet):
            assert line.box.x0 >= whole.x0, (key, line.text)
            assert line.box.x1 <= whole.x1, (key, line.text)
            assert line.box.y0 >= whole.y0, (key, line.text)
            assert line.box.y1 <= whole.y1, (key, line.text)


def test_no_name_is_on_a_marker(sheets):
    for key, sheet in sheets.items():
        markers, names = markers_of(sheet), names_of(sheet)
        assert key[0] == "patrols" or (markers and names)
        clashes = [text for text, name in names for marker in markers if name.overlaps(marker)]
        assert clashes == [], key


def test_fewer_layers_make_fewer_figures(shipped):
    left_out = [
        "joint_patrols",
        "observation_posts",
        "line_of_contact",
        "deescalation_zone",
        "localities",
        "timeline",
        "m5",
    ]
    layers = shipped.layers
    fewer = replace(layers, by_name={name: layers[name] for name in layers if name not in left_out})
    own = derive(fewer)
    catalogue = [spec for spec in fewer.catalogue if spec.name in fewer or len(own.layers.get(spec.name, ()))]
    fewer = replace(fewer, catalogue=catalogue)
    outputs = list(figure_files(replace(shipped, layers=fewer, derived=own, languages=("en",))))
    assert {output.name.rpartition(".")[0] for output in outputs} == {"figures/map_a4_en", "figures/map_slide_en"}


def test_a_build_without_figures_imports_no_drawing_library():
    code = (
        "import sys, geo.build, geo.outputs.page, geo.outputs.publish, geo.outputs.data\n"
        "print([name for name in ('matplotlib', 'PIL', 'babel') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(CHECKOUT)}, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]", done.stderr
