import pytest
from fontTools.ttLib import TTFont

from geo.outputs.figures.typeface import font_file


@pytest.mark.parametrize(
    ("text", "bold", "name"),
    [
        ("Saraqib, 6 March", False, "IBM Plex Sans"),
        ("İdlib’de güvenli koridor", True, "IBM Plex Sans SemiBold"),
        ("الطريق M4", False, "IBM Plex Sans Arabic"),
        ("\u200fسراقب", True, "IBM Plex Sans Arabic SemiBold"),
        ("Идлиб", False, "DejaVu Sans"),
        ("سراقب ğ", False, "DejaVu Sans"),
    ],
)
def test_a_text_is_in_one_font_that_has_all_its_letters(text, bold, name):
    with TTFont(font_file(text, bold=bold)) as font:
        assert font["name"].getDebugName(4).removesuffix(" Regular") == name
        assert set(map(ord, text)) - {0x200F} <= set(font.getBestCmap())
        assert font["OS/2"].usWeightClass == (600 if bold else 400)
