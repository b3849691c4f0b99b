from pathlib import Path

import pytest

from geo.errors import OutputError
from geo.outputs.publish import publish


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_files_are_written_as_utf8_below_the_folder(tmp_path):
    publish({"index.html": "سراقب\n", "data/a.csv": "id\n"}, tmp_path / "maps" / "m4")
    assert names(tmp_path / "maps" / "m4") == ["data/a.csv", "index.html"]
    assert (tmp_path / "maps/m4/index.html").read_bytes() == "سراقب\n".encode()


def test_the_former_build_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path):
    out = tmp_path / "m4"
    publish({"index.html": "old", "old.txt": "old"}, out)
    publish({"index.html": "new"}, out)
    assert names(tmp_path) == ["m4/index.html"]
    assert (out / "index.html").read_text() == "new"


def test_a_failing_write_leaves_the_former_build_untouched(tmp_path, monkeypatch):
    out = tmp_path / "m4"
    publish({"index.html": "old"}, out)
    write_text = Path.write_text

    def disk_full_at_second_file(path, text, **options):
        if path.name == "b":
            raise OSError(28, "No space left on device", str(path))
        return write_text(path, text, **options)

    monkeypatch.setattr(Path, "write_text", disk_full_at_second_file)
    with pytest.raises(OutputError, match="No space left on device"):
        publish({"a": "new", "b": "new"}, out)
    assert names(tmp_path) == ["m4/index.html"]


def test_a_file_in_the_way_is_one_plain_line(tmp_path):
    (tmp_path / "maps").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        publish({"index.html": ""}, tmp_path / "maps" / "m4")
