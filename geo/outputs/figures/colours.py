"""The colours that the style sheets say, for figures: each is said once, there."""

import re
from collections.abc import Mapping
from functools import cache

from geo.outputs.document import PALETTE, asset

_ROOT = re.compile(r":root \{(.*?)\}", re.DOTALL)
_COLOUR = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")


@cache
def palette() -> Mapping[str, str]:
    """Return the colours of paper and ink of the light scheme by name: ``paper``, ``ink``, ``muted`` and so on."""
    return _declared(asset(PALETTE))


@cache
def diagram_colours() -> Mapping[str, str]:
    """Return the colours of the patrol diagram by day, by outcome."""
    return _declared(asset("page", "diagram.css"))


def _declared(style: str) -> Mapping[str, str]:
    """Return the colours of the first ``:root`` of a style sheet: those of the light scheme."""
    root = _ROOT.search(style)
    return dict(_COLOUR.findall(root[1])) if root else {}
