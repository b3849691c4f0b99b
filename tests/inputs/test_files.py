import os

import pytest

from geo.errors import OutputError
from geo.inputs import files
from geo.inputs.files import RefusedError, as_text, read_bytes


def test_a_byte_order_mark_is_tolerated():
    assert as_text("سراقب".encode("utf-8-sig")) == "سراقب"


def test_a_missing_file_is_refused_with_the_folder_it_belongs_to(tmp_path):
    with pytest.raises(RefusedError, match="missing") as caught:
        read_bytes(tmp_path / "a.csv")
    assert str(tmp_path) in caught.value.repair


@pytest.mark.parametrize(
    ("encoding", "name"), [("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("cp1256", "Windows-1256")]
)
def test_other_encodings_are_named(encoding, name):
    with pytest.raises(RefusedError, match=name):
        as_text('{"name": "سراقب في إدلب", "more": "plain ASCII text"}'.encode(encoding))


def test_bytes_of_no_encoding_are_refused_with_their_place():
    with pytest.raises(RefusedError, match="byte 2 is not UTF-8"):
        as_text(b"ab\xff\x81")


def test_a_nul_is_refused_with_its_line():
    with pytest.raises(RefusedError, match="NUL") as caught:
        as_text(b"one\ntwo\nthr\0ee and more text so that it is no UTF-16")
    assert caught.value.where == "line 3"


def test_a_link_to_another_file_is_refused(tmp_path):
    (tmp_path / "secret").write_text("x")
    (tmp_path / "a.csv").symlink_to(tmp_path / "secret")
    with pytest.raises(RefusedError, match="a link"):
        read_bytes(tmp_path / "a.csv")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(RefusedError, match="not a regular file"):
        read_bytes(tmp_path / "a.csv")


def test_a_file_too_large_is_refused_unread(tmp_path):
    with (tmp_path / "a.csv").open("wb") as file:
        file.truncate(files.LARGEST_MB * 2**20 + 1)
    with pytest.raises(RefusedError, match="20 MB"):
        read_bytes(tmp_path / "a.csv")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_an_input_output_error(tmp_path):
    (tmp_path / "a.csv").write_text("x")
    (tmp_path / "a.csv").chmod(0)
    with pytest.raises(OutputError, match="cannot be read"):
        read_bytes(tmp_path / "a.csv")
