import os
import re
import subprocess
import sys
from datetime import date
from hashlib import sha256
from itertools import combinations, product
from pathlib import Path

import pytest

from geo.geometry.derive import derive
from geo.inputs.catalog import CATALOGUE
from geo.inputs.features import Layers
from geo.outputs.figure_features import place_features
from geo.outputs.figure_ground import ground_around
from geo.outputs.figure_legend import groups_of
from geo.outputs.figure_line_moved import draw_line_moved
from geo.outputs.figure_map import draw_map, projection_of
from geo.outputs.figure_patrols import draw_patrols
from geo.outputs.figure_sheet import FORMATS, KINDS, settings
from geo.outputs.figure_subject import Subject
from geo.outputs.figures import draw_figure, figure_files
from geo.outputs.opening import open_output
from geo.outputs.texts import LANGUAGES
from geo.outputs.words import Words

AS_OF, BUILD = date(2020, 3, 6), "0123456789ab"
FIGURES = {"map": draw_map, "patrols": draw_patrols, "line_moved": draw_line_moved}
# Days on which most layers, and other ones, are drawn.
LATER, EARLIER = date(2020, 8, 25), date(2018, 10, 1)
OTHER_DAYS = [("map", EARLIER), ("map", LATER), ("patrols", LATER)]
CHECKOUT = Path(__file__).parents[2]


def drawn(layers, derived, name, format_, language, day=AS_OF):
    with settings():
        subject = Subject(layers, derived, day, Words.of(layers, language), CATALOGUE, BUILD)
        return draw_figure(FIGURES[name], format_, subject)


@pytest.fixture(scope="module")
def sheets(layers, derived):
    """Return every figure in every format and language, as it lies before it is saved, and some of other days."""
    found = {
        (name, format_.name, language, AS_OF): drawn(layers, derived, name, format_, language)
        for name, format_, language in product(FIGURES, FORMATS, LANGUAGES)
    }
    for (name, day), format_, language in product(OTHER_DAYS, FORMATS, ("en", "ar")):
        found[name, format_.name, language, day] = drawn(layers, derived, name, format_, language, day)
    return found


@pytest.fixture(scope="module")
def files(layers, derived):
    """Return the files of one language, which has what the others have and is read from the right."""
    outputs = figure_files(layers, derived, AS_OF, build_id=BUILD, languages=("ar",))
    return {output.name: output.content for output in outputs}


def without(layers, *names):
    """Return a smaller folder, as another map might be."""
    return Layers({name: layers[name] for name in layers if name not in names}, layers.agreement)


def test_every_figure_comes_in_both_formats_and_three_kinds(files):
    assert set(files) == {
        f"figures/{name}_{format_}_ar.{kind}" for name, format_, kind in product(FIGURES, ("a4", "slide"), KINDS)
    }


def test_every_file_opens_again_and_says_its_build(files):
    for name, content in files.items():
        assert open_output(name, content).builds == {BUILD}, name


def test_no_file_is_larger_than_a_megabyte(files):
    assert max(map(len, files.values())) < 1_000_000


def test_each_figure_is_reported_as_it_begins(layers, derived):
    reported = []
    next(figure_files(layers, derived, AS_OF, build_id=BUILD, languages=("tr",), report=reported.append))
    assert reported == ["Drawing the figure map_a4_tr"]


def test_all_fonts_of_a_pdf_are_embedded_as_truetype(files):
    for name, content in files.items():
        if name.endswith(".pdf"):
            fonts = re.findall(rb"/Subtype /(Type0|Type1|Type3|TrueType|MMType1)\b", content)
            assert fonts, name
            assert set(fonts) == {b"Type0"}, name
            assert content.count(b"/FontFile2 ") == content.count(b"/Subtype /CIDFontType2") == len(fonts), name
            assert set(re.findall(rb"/BaseFont /[A-Z]{6}\+([\w-]+)", content)) <= {b"DejaVuSans", b"DejaVuSans-Bold"}


def test_an_svg_asks_for_no_font_and_no_other_file(files):
    for name, content in files.items():
        if name.endswith(".svg"):
            assert b"<text" not in content
            assert b"font-family" not in content
            assert set(re.findall(rb'(?:href|src)="([^#"]+)', content)) <= {b"http://purl.org/dc/dcmitype/StillImage"}


def test_the_colours_of_the_map_are_those_of_the_catalogue(files, layers, derived):
    found = set(re.findall(r"#[0-9a-f]{6}", files["figures/map_a4_ar.svg"].decode()))
    expected = set()
    for one in placed_on_the_map(layers, derived):
        symbol = one.shown.symbol
        expected |= {symbol.stroke, symbol.fill, symbol.casing} - {""}
    assert expected <= found


def placed_on_the_map(layers, derived, day=AS_OF):
    """Return what the A4 map shows, as far as its frame can be told from its format."""
    focus = [row.geometry for row in derived.layers["corridor"]]
    box = FORMATS[0].box
    frame = type(box)(316, 91, box.right - 34, 830)
    ground = ground_around(focus, frame, projection=projection_of(derived), tolerance_px=0.5)
    return place_features(ground, [spec for spec in CATALOGUE if spec.style], layers, derived, day)


@pytest.mark.parametrize("day", [EARLIER, AS_OF, LATER])
def test_every_class_on_the_map_has_an_entry_in_the_legend_and_no_other(layers, derived, sheets, day):
    words = Words.of(layers, "en")
    placed = placed_on_the_map(layers, derived, day)
    classes = {(one.spec.name, one.shown.class_): one.entry for one in placed if not one.entry.is_ground}
    groups = groups_of([one.entry for one in placed], words, "corridor")
    assert sum(len(group.rows) for group in groups) == len(classes)
    written = " ".join(line.text for line in sheets["map", "a4", "en", day].lines)
    for spec in (spec for spec in CATALOGUE if spec.style and spec.name != "basemap"):
        for class_, symbol in spec.style.symbols.items():
            is_shown = (spec.name, class_) in classes
            if symbol.label not in ("City", "Town", "Carriageways"):  # words that others have in them
                assert (words.symbol(spec, class_) in written) == is_shown, (spec.name, class_)


def test_no_text_lies_on_another(sheets):
    for key, sheet in sheets.items():
        names = [line for line in sheet.lines if line.is_name]
        others = [line for line in sheet.lines if not line.is_name]
        clashes = [
            (one.text, other.text)
            for one, other in combinations(names + others, 2)
            if one.box.grown(-0.8).overlaps(other.box.grown(-0.8)) and not _are_numbers(one, other)
        ]
        assert clashes == [], key


def _are_numbers(one, other):
    """Return whether both are numbers in markers, which may lie on each other where the places do."""
    return one.text.isdigit() and other.text.isdigit()


def test_no_text_leaves_the_sheet(sheets):
    for key, sheet in sheets.items():
        for line in sheet.lines:
            assert sheet.box.grown(-20).contains(line.box), (key, line.text)


def test_no_name_lies_on_a_marker(sheets):
    for key, sheet in sheets.items():
        for line in sheet.lines:
            if line.is_name:
                clashes = [box for box in sheet.markers if box.overlaps(line.box.grown(-0.1))]
                assert clashes == [], (key, line.text)


def test_the_cities_and_the_ends_of_the_stretch_are_named_in_every_language(layers, sheets):
    for language, format_ in product(LANGUAGES, FORMATS):
        words = Words.of(layers, language)
        names = {line.text for line in sheets["map", format_.name, language, AS_OF].lines if line.is_name}
        assert {words.place(id_) for id_ in ("idlib", *layers.agreement.ends)} <= names


def test_every_sheet_says_credits_sources_disclaimer_date_of_the_data_and_build(layers, sheets):
    for (name, _, language, day), sheet in sheets.items():
        words = Words.of(layers, language)
        written = " ".join(line.text for line in sheet.lines)
        credits_ = written.partition(words.text("figures.credits"))[2].replace("\u00a0", " ")
        assert re.match(r" © OpenStreetMap contributors\W+ODbL 1\.0\W", credits_)
        for text in (words.text("figures.disclaimer"), words.number(len(layers["sources"].features)), BUILD):
            assert text in written, (name, language)
        if name == "map":
            assert words.text("page.as_of", day=words.day(day)) in written


def test_a_remark_of_the_map_stands_on_every_sheet(layers, derived):
    remark = "An illustration, not an agreement: nobody agreed on it."
    words = type(layers.agreement.map.title)(en=remark)
    terms = layers.agreement.map.model_copy(update={"remark": words})
    remarked = Layers(dict(layers), layers.agreement.model_copy(update={"map": terms}))
    for name, language in product(FIGURES, ("en", "ar")):
        sheet = drawn(remarked, derived, name, FORMATS[1], language)
        assert remark in " ".join(line.text for line in sheet.lines)


def test_what_is_inferred_or_uncertain_is_said(layers, sheets):
    words = Words.of(layers, "en")
    for name in ("map", "line_moved"):
        written = " ".join(line.text for line in sheets[name, "a4", "en", AS_OF].lines)
        for key in ("figures.ends_inferred", "figures.band", "figures.circle"):
            assert words.text(key) in written


def test_fewer_layers_make_fewer_figures(layers, derived):
    fewer = without(
        layers,
        "joint_patrols",
        "observation_posts",
        "line_of_contact",
        "deescalation_zone",
        "localities",
        "timeline",
        "m5",
    )
    own = derive(fewer)
    catalogue = [spec for spec in CATALOGUE if spec.name in fewer or own.layers.get(spec.name)]
    outputs = list(figure_files(fewer, own, AS_OF, build_id=BUILD, catalogue=catalogue, languages=("en",)))
    assert {output.name.rpartition(".")[0] for output in outputs} == {"figures/map_a4_en", "figures/map_slide_en"}


_RUN = """
import hashlib, sys
from datetime import date
from geo.geometry.derive import derive
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import read_layers
from geo.outputs.figure_subject import Subject
from geo.outputs.figures import figure_files
layers = read_layers(LAYERS_DIR)
found = figure_files(layers, derive(layers), date(2020, 3, 6), build_id="0123456789ab", languages=("ar",))
for output in found:
    print(output.name, hashlib.sha256(output.content).hexdigest())
"""


def test_the_same_inputs_make_the_same_bytes_in_another_process(files, tmp_path):
    (tmp_path / "matplotlibrc").write_text("font.family: serif\nlines.linewidth: 9\nsvg.fonttype: none\n")
    # Another seed, time zone, language and user's settings, and the plainest instructions, as on an older machine.
    environment = {
        "PYTHONHASHSEED": "4294967295",
        "TZ": "America/St_Johns",
        "LC_ALL": "tr_TR.UTF-8",
        "MATPLOTLIBRC": str(tmp_path),
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F,-ERMS",
        "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX",
        "OPENBLAS_CORETYPE": "Prescott",
    }
    command = [sys.executable, "-c", _RUN]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), **environment}
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    expected = [f"{name} {sha256(content).hexdigest()}" for name, content in files.items()]
    assert done.stdout.splitlines() == expected


def test_whoever_asks_for_no_figure_waits_for_no_drawing_library():
    code = (
        "import sys, geo.build, geo.outputs.page, geo.outputs.opening, geo.outputs.data\n"
        "print([name for name in ('matplotlib', 'PIL', 'babel') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(CHECKOUT)}, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]", done.stderr
