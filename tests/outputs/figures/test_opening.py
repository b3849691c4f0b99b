import struct
import zlib

import pytest

from geo.outputs.figures.opening import found_in_png
from geo.outputs.figures.sheet import KINDS, SLIDE, Sheet, settings
from geo.outputs.opening import open_output
from geo.outputs.output import Found

BUILD = "0123456789ab"


@pytest.fixture(scope="module")
def figures():
    """Return a small sheet as a file of each kind."""
    with settings():
        sheet = Sheet(SLIDE, is_right_to_left=False)
        sheet.title = "İdlib, إدلب"
        sheet.write(100, 100, "Idlib", size=12)
        return {kind: sheet.saved(kind, build_id=BUILD) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_says_which_build_it_is_of(figures, kind):
    assert open_output(f"figures/map_a4_en.{kind}", figures[kind]) == Found(frozenset({BUILD}), {})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0, 0.001, 0.1, 0.5, 0.9, 0.99, 1])
def test_a_truncated_figure_is_refused(figures, kind, share):
    content = figures[kind]
    with pytest.raises(ValueError, match=r".+"):
        open_output(f"figures/map_a4_en.{kind}", content[: max(0, int(share * len(content.rstrip())) - 1)])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", [*KINDS, "html"])
def test_a_figure_of_another_kind_is_refused(figures, kind, other):
    if kind != other:
        content = figures.get(other, b"<!doctype html><p>not found</p>")
        with pytest.raises(ValueError, match=r".+"):
            open_output(f"figures/map_a4_en.{kind}", content)


def test_a_png_with_one_other_byte_is_refused(figures):
    content = bytearray(figures["png"])
    content[len(content) // 2] ^= 1
    with pytest.raises(ValueError, match="damaged"):
        found_in_png("map", bytes(content))


def test_a_png_with_fewer_pixels_than_it_says_is_refused():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0))
    text = chunk(b"tEXt", b"build\0" + BUILD.encode())
    for rows, is_whole in ((2, True), (1, False)):
        pixels = chunk(b"IDAT", zlib.compress(bytes(7 * rows)))
        content = b"\x89PNG\r\n\x1a\n" + header + text + pixels + chunk(b"IEND", b"")
        if is_whole:
            assert found_in_png("map", content).builds == {BUILD}
        else:
            with pytest.raises(ValueError, match="pixels"):
                found_in_png("map", content)


@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_without_a_build_id_is_refused(figures, kind):
    content = figures[kind].replace(b"build", b"built")
    if kind == "png":  # its checksums would not hold
        at = content.index(b"built\0") - 8
        [length] = struct.unpack_from(">I", content, at)
        body = content[at + 4 : at + 8 + length]
        content = content[: at + 8 + length] + struct.pack(">I", zlib.crc32(body)) + content[at + 12 + length :]
    with pytest.raises(ValueError, match=r".+"):
        open_output(f"figures/map_a4_en.{kind}", content)
