import pytest

from geo.errors import OutputError
from geo.inputs.files import RefusedError, read_text


def test_a_byte_order_mark_is_tolerated(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("سراقب".encode("utf-8-sig"))
    assert read_text(path) == "سراقب"


def test_a_missing_file_is_refused_with_the_folder_it_belongs_to(tmp_path):
    with pytest.raises(RefusedError, match="missing") as caught:
        read_text(tmp_path / "a.csv")
    assert str(tmp_path) in caught.value.repair


@pytest.mark.parametrize("encoding", ["utf-16", "cp1256"])
def test_other_encodings_are_refused(tmp_path, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes("سراقب".encode(encoding))
    with pytest.raises(RefusedError, match="not UTF-8"):
        read_text(path)


def test_a_folder_in_place_of_a_file_is_an_input_output_error(tmp_path):
    with pytest.raises(OutputError, match="cannot be read"):
        read_text(tmp_path)
