"""Open a figure again: whether it is whole, and which build it says that it is of. Nothing is drawn for that."""

import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from xml.parsers import expat

from geo.outputs.output import BUILD_MARK, Found

_PNG_START = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_SVG_ROOT = "http://www.w3.org/2000/svg svg"
_IDENTIFIER = "http://purl.org/dc/elements/1.1/ identifier"
_PDF_START, _PDF_END = b"%PDF-1.", b"%%EOF"
_STARTXREF = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*$")
_XREF = re.compile(rb"xref\s+0 (\d+)\s+")
_INFO = re.compile(rb"/Info (\d+) 0 R")
_KEYWORDS = re.compile(rb"/Keywords \(([^)]*)\)")
_XREF_ENTRY_BYTES = 20


def found_in_png(_stem: str, content: bytes) -> Found:
    """Take a PNG apart and return the build id that its metadata carry.

    Raises
    ------
    ValueError
        If it is truncated, damaged or of another kind, or carries no build id.
    """
    return Found(frozenset({_build_of_png(content)}), {})


def found_in_svg(_stem: str, content: bytes) -> Found:
    """Take an SVG apart; as `found_in_png`."""
    return Found(frozenset({_build_of_svg(content)}), {})


def found_in_pdf(_stem: str, content: bytes) -> Found:
    """Take a PDF apart; as `found_in_png`."""
    return Found(frozenset({_build_of_pdf(content)}), {})


# ---- PNG: chunks, each with its checksum (W3C, Portable Network Graphics, section 5).


def _build_of_png(content: bytes) -> str:
    if not content.startswith(_PNG_START):
        raise ValueError("not a PNG")
    chunks = list(_chunks(content))
    kinds = [kind for kind, _ in chunks]
    if kinds[:1] != [b"IHDR"] or kinds[-1] != b"IEND" or kinds.count(b"IEND") != 1:
        raise ValueError("a PNG that does not begin or end as one")
    width, height, depth, colour = struct.unpack(">IIBB", chunks[0][1][:10])
    try:
        pixels = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    except zlib.error as error:
        raise ValueError(f"a PNG without whole pixels ({error})") from None
    if len(pixels) != height * (1 + (width * depth * _CHANNELS[colour] + 7) // 8):
        raise ValueError("a PNG with fewer or more pixels than it says")
    texts = dict(data.split(b"\0", 1) for kind, data in chunks if kind == b"tEXt")
    return texts[BUILD_MARK.encode()].decode("latin-1")


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG_START)
    while at < len(content):
        [length] = _unpacked(">I", content, at)
        body = content[at + 4 : at + 8 + length]
        [checksum] = _unpacked(">I", content, at + 8 + length)
        if zlib.crc32(body) != checksum:
            raise ValueError("a PNG with a damaged chunk")
        yield body[:4], body[4:]
        at += 12 + length


def _unpacked(form: str, content: bytes, at: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(form, content, at)
    except struct.error:
        raise ValueError("a PNG that ends too early") from None


# ---- SVG: XML.


def _build_of_svg(content: bytes) -> str:
    path: list[str] = []
    roots: list[str] = []
    texts: list[str] = []

    def start(name: str, _attributes: Mapping[str, str]) -> None:
        if not path:
            roots.append(name)
        path.append(name)

    def text(data: str) -> None:
        if path and path[-1] == _IDENTIFIER:
            texts.append(data)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _name: path.pop()
    parser.CharacterDataHandler = text
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise ValueError(f"not whole XML ({error})") from None
    if roots != [_SVG_ROOT]:
        raise ValueError("not an SVG")
    return _after_mark("".join(texts))


# ---- PDF: objects, and a table of where they stand (ISO 32000-1, section 7.5).


def _build_of_pdf(content: bytes) -> str:
    if not content.startswith(_PDF_START):
        raise ValueError("not a PDF")
    end = _STARTXREF.search(content)
    table = _XREF.match(content, int(end[1])) if end else None
    if table is None:
        raise ValueError("a PDF without its end")
    for number in range(1, int(table[1])):
        entry = content[table.end() + number * _XREF_ENTRY_BYTES :][:_XREF_ENTRY_BYTES]
        if not content.startswith(b"%d 0 obj" % number, int(entry[:10])):
            raise ValueError(f"a PDF without its object {number}")
    info = _INFO.search(content, table.end())
    at = content.find(b"\n%s 0 obj" % info[1]) if info else -1
    keywords = _KEYWORDS.search(content, at, content.find(b"endobj", at)) if at >= 0 else None
    if keywords is None:
        raise ValueError("a PDF that says nothing of itself")
    return _after_mark(keywords[1].decode("latin-1"))


def _after_mark(text: str) -> str:
    mark, _, build = text.partition(" ")
    if mark != BUILD_MARK or not build:
        raise ValueError("a figure without a build id")
    return build
