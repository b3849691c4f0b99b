"""The typeface of the figures: IBM Plex Sans, and IBM Plex Sans Arabic for what has Arabic letters."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from matplotlib.font_manager import FontProperties, findfont

_LATIN = ("fontpkg_ibm_plex_sans", "IBMPlexSans[wdth,wght].ttf")
_ARABIC = ("fontpkg_ibm_plex_sans_arabic", "IBMPlexSansArabic-{}.ttf")
_WEIGHTS = {False: ("Regular", 400), True: ("SemiBold", 600)}
# What a line of text takes above and below its baseline, in sizes of the font. The Arabic font has twice as much, for
# vowels above each other, and matplotlib would take it for the extent of every word.
_ASCENT, _DESCENT = 0.93, 0.24
# Ships with matplotlib; for text with a letter that the typeface lacks.
_OTHER = "DejaVu Sans"
# Latin and Arabic letters and punctuation, of which the copies of the fonts are; marks of direction need no glyph.
_ARABIC_LETTERS = frozenset(map(chr, range(0x600, 0x700)))
_MARKS = frozenset("\u200e\u200f")
_LETTERS = frozenset(map(chr, [*range(0x20, 0x180), *range(0x2000, 0x2070)])) | _ARABIC_LETTERS


def font_file(text: str, *, bold: bool) -> Path:
    """Return the font file for a text; the whole text is in one font."""
    path, letters = _copy(not _ARABIC_LETTERS.isdisjoint(text), bold)
    if letters.issuperset(text):
        return path
    return Path(findfont(FontProperties(family=[_OTHER], weight="bold" if bold else "normal")))


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="fonts-")


@cache
def _copy(is_arabic: bool, bold: bool) -> tuple[Path, frozenset[str]]:
    """Return a copy of a font with `_LETTERS` only, and those that it has; it is removed when Python ends.

    Matplotlib reads the whole font for each PDF, and of a variable font the regular weight only.
    """
    (package, name), (style, weight) = _ARABIC if is_arabic else _LATIN, _WEIGHTS[bold]
    options = subset.Options(layout_features=["*"], name_IDs=["*"], hinting=False)
    options.drop_tables += ["meta"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=map(ord, _LETTERS))
    path = Path(_folder().name) / f"{'Arabic' if is_arabic else 'Latin'}-{'Bold' if bold else 'Regular'}.ttf"
    # The time of the change would be in the font, and so in each PDF.
    given = files(package).joinpath("files", name.format(style))
    with given.open("rb") as file, TTFont(file, recalcTimestamp=False) as font:
        subsetter.subset(font)
        if "fvar" in font:
            instantiateVariableFont(font, {"wght": weight, "wdth": 100}, inplace=True, updateFontNames=True)
        per_size = font["head"].unitsPerEm
        font["hhea"].ascent = font["OS/2"].sTypoAscender = round(_ASCENT * per_size)
        font["hhea"].descent = font["OS/2"].sTypoDescender = -round(_DESCENT * per_size)
        font["hhea"].lineGap = font["OS/2"].sTypoLineGap = 0
        font.save(path)
        return path, frozenset(map(chr, font.getBestCmap())) | _MARKS
