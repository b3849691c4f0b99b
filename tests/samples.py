"""Values of which make test takes some, and make test-slow and CI the rest."""

from collections.abc import Iterable
from typing import Any

import pytest


def some(fast: int, values: Iterable[Any]) -> list[Any]:
    """Return every value for a test, all but the first ones marked slow."""
    return [
        pytest.param(*(one if isinstance(one, tuple) else (one,)), marks=() if place < fast else pytest.mark.slow)
        for place, one in enumerate(values)
    ]


# English, and Arabic for what is read from the right, first.
each_language = pytest.mark.parametrize("language", some(2, ["en", "ar", "fr", "tr"]))
