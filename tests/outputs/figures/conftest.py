from itertools import product

import pytest

from geo.outputs.figures.sheet import FORMATS
from geo.outputs.texts import LANGUAGES
from tests.outputs.figures.parts import AS_OF, FIGURES, OTHER_DAYS, drawn


@pytest.fixture(scope="session")
def sheets(layers, derived):
    """Every figure in every format and language, as it lies before it is saved, and some of other days."""
    found = {
        (name, format_.name, language, AS_OF): drawn(layers, derived, name, format_, language)
        for name, format_, language in product(FIGURES, FORMATS, LANGUAGES)
    }
    for (name, day), format_, language in product(OTHER_DAYS, FORMATS, ("en", "ar")):
        found[name, format_.name, language, day] = drawn(layers, derived, name, format_, language, day)
    return found
