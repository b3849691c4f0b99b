"""A test in each language: English, and Arabic for what is read from the right, in make test; all in make test-slow."""

import pytest

_FIRST = ("en", "ar")
each_language = pytest.mark.parametrize(
    "language", [pytest.param(one, marks=() if one in _FIRST else pytest.mark.slow) for one in ("en", "fr", "ar", "tr")]
)
