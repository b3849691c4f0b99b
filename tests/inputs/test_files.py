import os

import pytest

from geo.errors import OutputError
from geo.inputs import files
from geo.inputs.files import RefusedError, as_text, read_bytes


def test_a_byte_order_mark_is_tolerated():
    assert as_text("سراقب".encode("utf-8-sig")) == "سراقب"


def test_a_nul_is_refused_with_its_line():
    with pytest.raises(RefusedError, match="NUL") as caught:
        as_text(b"one\ntwo\nthr\0ee and more text so that it is no UTF-16")
    assert caught.value.where == "line 3"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_an_input_output_error(tmp_path):
    (tmp_path / "a.csv").write_text("x")
    (tmp_path / "a.csv").chmod(0)
    with pytest.raises(OutputError, match="cannot be read"):
        read_bytes(tmp_path / "a.csv")


def too_large(path):
    with path.open("wb") as file:
        file.truncate(files.LARGEST_MB * 2**20 + 1)


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda path: None, "missing"),
        (lambda path: path.symlink_to(__file__), "a link"),
        (os.mkfifo, "not a regular file"),  # and is not waited for
        (too_large, "20 MB"),
    ],
)
def test_what_is_not_a_file_of_moderate_size_is_refused_unread(tmp_path, make, found):
    make(tmp_path / "a.csv")
    with pytest.raises(RefusedError, match=found):
        read_bytes(tmp_path / "a.csv")


TEXT = '{"name": "سراقب في إدلب", "more": "plain ASCII text"}'


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (TEXT.encode("utf-16"), "UTF-16"),
        (TEXT.encode("utf-16-le"), "UTF-16"),
        (TEXT.encode("cp1256"), "Windows-1256"),
        (b"ab\xff\x81", r"unknown encoding \(byte 2 is not UTF-8\)"),
    ],
)
def test_another_encoding_is_refused_with_its_name_or_its_place(content, found):
    with pytest.raises(RefusedError, match=found):
        as_text(content)
