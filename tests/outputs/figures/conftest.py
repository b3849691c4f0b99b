from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from geo.outputs.figures.day_features import DayFeatures
from geo.outputs.figures.figure_files import drawn_sheet, figures_of
from geo.outputs.figures.sheet import SIZES, settings
from geo.outputs.manifest import data_as_of
from geo.outputs.texts import LANGUAGES
from geo.outputs.words import Words

AS_OF = date(2020, 3, 6)
# Days on which most layers, and other ones, are drawn.
OTHER_DAYS = [("map", date(2018, 10, 1)), ("map", date(2020, 8, 25)), ("patrols", date(2020, 8, 25))]


@pytest.fixture(scope="session")
def figures_build(shipped):
    """Return a build as figures see it: with an id, and the newest date of its data."""
    return replace(shipped, build_id="0123456789ab", data_as_of=data_as_of(shipped.layers))


@pytest.fixture(scope="session")
def source(figures_build):
    return DayFeatures(figures_build)


@pytest.fixture(scope="session")
def sheets(figures_build, source):
    """Return every figure in every size and language, and some of other days, before they are saved."""
    found = {}
    for (name, draw), size, language in product(figures_of(figures_build).items(), SIZES, LANGUAGES):
        with settings():
            words = Words.of(figures_build.layers, language)
            found[name, size.name, language, AS_OF] = drawn_sheet(draw, size, source, words)
    for (name, day), language in product(OTHER_DAYS, ("en", "ar")):
        later = DayFeatures(replace(figures_build, as_of=day))
        with settings():
            words = Words.of(figures_build.layers, language)
            found[name, "a4", language, day] = drawn_sheet(figures_of(later.build)[name], SIZES[0], later, words)
    return found
