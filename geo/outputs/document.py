"""One self-contained HTML document: assets filled in, a policy that allows only these, data as JSON text."""

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

_SLOT = re.compile(r"@@([a-z_.]+)@@")
_UNSAFE_IN_HTML = "<>&\u2028\u2029"


# The colours that every document shares.
PALETTE = "palette.css"


def asset(*path: str) -> str:
    """Return the text of a file below ``assets``."""
    return files(__package__).joinpath("assets", *path).read_text(encoding="utf-8")


def fill(frame: str, slots: Mapping[str, str]) -> str:
    """Return the frame with every ``@@slot@@`` filled; it is cut before anything goes in, so no text can open one."""
    parts = _SLOT.split(frame)
    parts[1::2] = [slots[name] for name in parts[1::2]]
    return "".join(parts)


def policy(scripts: Iterable[str], styles: Iterable[str]) -> str:
    """Return the content security policy that allows only these scripts and styles, and no request."""
    return (
        f"default-src 'none'; script-src {' '.join(hashes(scripts))}; style-src {' '.join(hashes(styles))}; "
        "img-src data:; connect-src 'none'; base-uri 'none'; form-action 'none'"
    )


def hashes(texts: Iterable[str]) -> list[str]:
    """Return the source expression of each script or style, as a content security policy writes it."""
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return [f"'sha256-{b64encode(digest).decode()}'" for digest in digests]


def compact_json(value: Any) -> str:
    """Return JSON without a blank that it does not need."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def json_for_html(value: Any) -> str:
    """Return JSON that cannot end or open an HTML element."""
    text = compact_json(value)
    for char in _UNSAFE_IN_HTML:  # many times faster than one str.translate
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text
