"""Documents from assets: templates, a policy that allows only what is in a document, and data as JSON."""

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

_SLOT = re.compile(r"@@([a-z_.]+)@@")
_UNSAFE_IN_HTML = "<>&\u2028\u2029"


# Colours shared by all documents.
PALETTE = "palette.css"


def asset(*path: str) -> str:
    """Return the text of a file below ``assets``."""
    return files(__package__).joinpath("assets", *path).read_text(encoding="utf-8")


@cache
def template(*path: str) -> Template:
    """Return a Jinja template below ``assets``; every value is escaped, unless the template says that it is safe."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(asset(*path))


def element(kind: str, *values: str) -> str:
    """Return an HTML element, by the name of its macro in ``assets/map/elements.html.jinja``."""
    return str(getattr(template("map", "elements.html.jinja").module, kind)(*values))


def fill(frame: str, slots: Mapping[str, str]) -> str:
    """Return the frame with every ``@@slot@@`` filled; it is split first, so that no inserted text can open a slot."""
    parts = _SLOT.split(frame)
    parts[1::2] = [slots[name] for name in parts[1::2]]
    return "".join(parts)


def policy(scripts: Iterable[str], styles: Iterable[str]) -> str:
    """Return the content security policy that allows only these scripts and styles, and no requests."""
    return (
        f"default-src 'none'; script-src {' '.join(hashes(scripts))}; style-src {' '.join(hashes(styles))}; "
        "img-src data:; connect-src 'none'; base-uri 'none'; form-action 'none'"
    )


def hashes(texts: Iterable[str]) -> list[str]:
    """Return the source expression of each script or style for a content security policy."""
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return [f"'sha256-{b64encode(digest).decode()}'" for digest in digests]


def compact_json(value: Any) -> str:
    """Return JSON without unnecessary whitespace."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def json_for_html(value: Any) -> str:
    """Return JSON that cannot end or open an HTML element."""
    text = compact_json(value)
    for char in _UNSAFE_IN_HTML:  # many times faster than one str.translate
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text
