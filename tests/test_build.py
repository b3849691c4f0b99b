import json
import os
import re
import shutil
import signal
import subprocess
import sys
from datetime import date

import pytest

import geo
from geo.build import MAPS_DIR, build
from geo.errors import GeoError
from geo.inputs.catalog import DERIVED, LAYERS
from geo.inputs.files import LAYERS_DIR
from geo.outputs.context import Build
from geo.outputs.manifest import verify
from geo.outputs.publish import build_lock


def run(*arguments, cwd=None, **environment):
    """Run the command as a maintainer does."""
    return subprocess.run(
        [sys.executable, "-m", "geo.build", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **environment},
    )


def test_the_command_writes_the_page_and_every_layer_from_any_working_directory(full_build):
    data = {path.stem for path in (full_build / "data").iterdir()}
    assert data == {spec.name for spec in (*LAYERS, *DERIVED)} | {"facts", "LGPL-3.0-or-later"}
    assert (full_build / "index.html").stat().st_size > 100_000


def test_published_geojson_reads_back_with_its_features(full_build):
    corridor = json.loads((full_build / "data" / "corridor.geojson").read_text(encoding="utf-8"))
    assert [feature["properties"]["id"] for feature in corridor["features"]] == [
        "corridor",
        "corridor_north",
        "corridor_south",
    ]
    posts = json.loads((full_build / "data" / "observation_posts.geojson").read_text(encoding="utf-8"))
    assert len(posts["features"]) == 80


def test_a_build_opens_no_connection(tmp_path):
    script = (
        "import socket, sys\n"
        "def refuse(*args): raise AssertionError('a build opened a socket')\n"
        "socket.socket.connect = socket.create_connection = refuse\n"
        "from pathlib import Path\n"
        "from geo.build import build\n"
        "build(out_dir=Path(sys.argv[1]), formats=['page', 'data'])\n"
    )
    done = subprocess.run([sys.executable, "-c", script, tmp_path / "map"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_published_page_is_the_saved_map(full_build):
    page = (full_build / "index.html").read_text(encoding="utf-8")
    build_id = json.loads((full_build / "manifest.json").read_text(encoding="utf-8"))["build"]
    made = geo.Map(build=Build.of_folder(LAYERS_DIR))
    frames = [
        re.sub(r'(<script type="application/[^>]*>).*?(</script>)', r"\1\2", html, flags=re.DOTALL)
        for html in (page, made.get_root().render())
    ]
    assert frames[0].replace(build_id, "") == frames[1]


def test_bad_layers_exit_1_with_one_line_each_and_leave_the_former_map_untouched(layers_copy, tmp_path):
    out = tmp_path / "map"
    assert run("--layers", layers_copy.folder, "--out", out, "--formats", "page,data").returncode == 0
    before = {path: path.read_bytes() for path in out.rglob("*.*")}
    (layers_copy.folder / "m5.geojson").unlink()
    layers_copy.edit("places.geojson", lambda doc: doc["features"][0]["properties"].update(sources=["X1"], colour=1))
    done = run("--layers", layers_copy.folder, "--out", out)
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.split(": ")[:3:2] for line in done.stderr.splitlines()] == [
        ["m5.geojson", "missing"],
        ["places.geojson", "colour"],
    ]
    assert {path: path.read_bytes() for path in out.rglob("*.*")} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [".map.builds", "layers", "map"]
    assert [path.name for path in (tmp_path / ".map.builds").iterdir()] == ["lock"]


def test_a_bad_layer_writes_nothing_where_nothing_was(layers_copy, tmp_path):
    layers_copy.write("places.geojson", "{")
    assert run("--layers", layers_copy.folder, "--out", tmp_path / "map").returncode == 1
    assert not (tmp_path / "map").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--as-of", "March"],
        ["--formats", "page,docx"],
        ["--colour", "red"],
        ["--languages", "en,de"],
        ["--check", "--new", "folder"],
        ["--formats", "data", "--incidents", "synthetic.csv"],
    ],
)
def test_wrong_usage_exits_2(arguments, tmp_path):
    assert run(*arguments, "--out", tmp_path / "map").returncode == 2
    assert not (tmp_path / "map").exists()


def test_an_output_that_cannot_be_written_exits_74(tmp_path):
    (tmp_path / "file").write_text("")
    done = run("--out", tmp_path / "file" / "map")
    assert done.returncode == 74
    assert len(done.stderr.splitlines()) == 1


def test_check_only_checks_and_prints_what_each_layer_holds(tmp_path):
    done = run("--check", "--out", tmp_path / "map")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split()[:2] for line in done.stdout.splitlines()]
    assert lines[0] == ["layer", "features"]
    assert {name for name, _ in lines[1:]} == {spec.name for spec in LAYERS}
    assert ["deescalation_zone", "2"] in lines
    assert not (tmp_path / "map").exists()


def test_check_ends_with_a_line_for_each_file_that_is_valid_but_not_in_canonical_form(layers_copy):
    layers_copy.edit("places.geojson", lambda doc: doc["features"].reverse())
    done = run("--check", "--layers", layers_copy.folder)
    assert (done.returncode, done.stderr) == (0, "")
    remark = "places.geojson: valid, but not in canonical form; rewrite it with python -m geo.build --normalise"
    assert done.stdout.splitlines()[-1] == remark
    assert "canonical" not in done.stdout.removesuffix(f"{remark}\n")


def test_normalise_tells_each_file_that_it_rewrote_and_then_that_there_is_none_left(layers_copy, tmp_path):
    before = layers_copy.text("places.geojson")
    layers_copy.edit("places.geojson", lambda doc: doc["features"].reverse())
    done = run("--normalise", "--layers", layers_copy.folder, "--out", tmp_path / "map")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "places.geojson: 72 features rewritten in canonical form (layout, order of features)\n"
    assert layers_copy.text("places.geojson") == before
    done = run("--normalise", "--layers", layers_copy.folder)
    assert (done.returncode, done.stdout) == (0, "all files are in canonical form already\n")
    assert not (tmp_path / "map").exists()


def test_normalise_of_what_cannot_be_kept_exits_1_with_one_line_and_writes_nothing(layers_copy):
    layers_copy.edit("places.geojson", lambda doc: doc["features"].reverse())
    layers_copy.edit("m4.geojson", lambda doc: doc.pop("licence"))
    before = {path.name: path.read_bytes() for path in layers_copy.folder.glob("*.*")}
    done = run("--normalise", "--layers", layers_copy.folder)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert {path.name: path.read_bytes() for path in layers_copy.folder.glob("*.*")} == before


def test_normalise_that_is_stopped_says_that_the_layers_are_whole(tmp_path):
    script = (
        "from geo import build; import typer; from geo.inputs import layer_files\n"
        "def stop(folder): raise KeyboardInterrupt\n"
        "layer_files.normalise_folder = stop\n"
        "typer.run(build.main)"
    )
    command = [sys.executable, "-c", script, "--normalise", "--layers", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == f"{tmp_path}: interrupted; every file is intact, in its old form or in canonical form\n"


def test_two_commands_at_once_are_wrong_usage(layers_copy):
    layers_copy.edit("places.geojson", lambda doc: doc["features"].reverse())
    before = layers_copy.text("places.geojson")
    assert run("--check", "--normalise", "--layers", layers_copy.folder).returncode == 2
    assert layers_copy.text("places.geojson") == before


def test_check_of_bad_layers_exits_1_with_one_line_each(layers_copy):
    layers_copy.write("places.geojson", "{")
    done = run("--check", "--layers", layers_copy.folder)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)


def test_check_tells_a_translation_of_a_text_that_is_no_longer_there(layers_copy):
    layers_copy.replace("joint_patrols.csv", ",Security concerns.,", ",Concerns about security.,")
    done = run("--check", "--layers", layers_copy.folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "translations.csv: feature 'cancelled-2-incident': en: this text is in no other file: copy the text that is "
        "there now and check its translations, or remove the row\n"
    )


def test_check_waits_for_no_library_that_only_a_build_needs():
    script = (
        "import sys; from typer.testing import CliRunner; import typer; from geo.build import main\n"
        "app = typer.Typer(); app.command()(main); assert CliRunner().invoke(app, ['--check']).exit_code == 0\n"
        "print(*{'geopandas', 'pandas', 'folium', 'pyproj', 'osmnx', 'matplotlib'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr


@pytest.mark.parametrize(
    ("formats", "published"),
    [
        (["data"], ["data", "datapackage.json"]),
        (["page"], ["index.html"]),
        (["gpkg", "kml"], ["idlib_m4.gpkg", "idlib_m4.kml"]),
        (["parquet"], ["parquet"]),
    ],
)
def test_formats_choose_what_is_published(tmp_path, formats, published):
    out = tmp_path / "map"
    assert build(out_dir=out, formats=formats) == (out / "index.html" if "page" in formats else out)
    assert sorted(path.name for path in out.iterdir()) == sorted([*published, "manifest.json"])


KINDS = ["data", "datapackage.json", "figures", "idlib_m4.gpkg", "idlib_m4.kml", "index.html", "manifest.json"]
FIGURES = 3 * 2 * 3  # figures, sizes, kinds of file


def test_all_formats_but_parquet_are_published_unless_something_else_is_asked_for(full_build):
    assert sorted(path.name for path in full_build.iterdir()) == KINDS


def test_figures_speak_the_languages_that_are_asked_for(full_build):
    names = [path.stem for path in (full_build / "figures").iterdir()]
    assert len(names) == FIGURES
    assert {name.rpartition("_")[2] for name in names} == {"ar"}


@pytest.mark.longer
def test_figures_speak_all_languages_unless_some_are_asked_for(tmp_path):
    build(out_dir=tmp_path / "map", formats=["figures"])
    names = [path.stem for path in (tmp_path / "map" / "figures").iterdir()]
    assert len(names) == FIGURES * 4
    assert {name.rpartition("_")[2] for name in names} == {"en", "fr", "ar", "tr"}


def test_a_map_begins_with_a_folder_and_is_built_under_its_name(tmp_path):
    done = run("--new", tmp_path / "mine")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.rpartition("/")[2] for line in done.stdout.splitlines()] == [
        "agreement.toml",
        "places.geojson",
        "sources.csv",
        "x1.geojson",
    ]
    done = run("--new", tmp_path / "mine")
    assert (done.returncode, len(done.stderr.splitlines())) == (74, 1)
    done = run("--layers", tmp_path / "mine", "--out", tmp_path / "map", "--languages", "en")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{tmp_path / 'map' / 'index.html'}\n", "")
    assert "complete" in verify(tmp_path / "map")


def test_verify_says_in_one_line_that_a_build_is_whole_and_else_each_fault_in_one(full_build, tmp_path):
    copy = shutil.copytree(full_build, tmp_path / "copy")
    done = run("--verify", "--out", copy)
    assert (done.returncode, done.stderr) == (0, "")
    number = sum(path.is_file() for path in copy.rglob("*"))
    assert re.fullmatch(re.escape(str(copy)) + rf": complete: {number} files, build [0-9a-f]{{12}}\n", done.stdout)
    (copy / "data" / "m5.geojson").unlink()
    (copy / "index.html").write_text("")
    done = run("--verify", "--out", copy)
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.partition(": ")[0] for line in done.stderr.splitlines()] == [
        str(copy / "data" / "m5.geojson"),
        str(copy / "index.html"),
    ]


def test_a_folder_that_is_no_build_is_refused_before_anything_is_computed(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    done = run("--out", tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (74, 1)
    assert "is not empty and is not a previous build" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_second_build_of_a_folder_exits_75_with_one_line(tmp_path):
    with build_lock(tmp_path / "map"):
        done = run("--out", tmp_path / "map")
    assert (done.returncode, len(done.stderr.splitlines())) == (75, 1)
    assert "another build of this folder is running" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="these signals are of Unix")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_build_that_is_stopped_says_so_in_one_line_and_leaves_nothing_half(full_build, tmp_path, number):
    out = tmp_path / "map"
    shutil.copytree(full_build, out)
    script = (
        "import os, signal, sys; from geo.outputs import publish; from geo import build; import typer\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # what a shell starts behind itself ignores it
        "write = publish.write_through\n"
        f"publish.write_through = lambda *given: (write(*given), os.kill(os.getpid(), {int(number)}))\n"
        "typer.run(build.main)"
    )
    command = [sys.executable, "-c", script, "--out", out, "--as-of", "2019-01-01", "--formats", "page,data"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == f"{out}: interrupted; the published map is intact, the previous build or the new one\n"
    assert verify(out) == verify(full_build).replace(str(full_build), str(out))
    assert [path.name for path in (tmp_path / ".map.builds").iterdir()] == ["lock"]


def test_the_published_folder_is_found_from_the_package():
    assert MAPS_DIR.parts[-1:] == ("maps",)


def test_incidents_go_into_the_page_and_into_the_manifest(tmp_path):
    table = tmp_path / "synthetic.csv"
    table.write_text("latitude,longitude,date\n35.8,36.6,2020-03-07\n35.7,36.5,2020-03-08\n,36.5,2020-03-08\n")
    done = run("--out", str(tmp_path / "site"), "--formats", "page", "--incidents", str(table))
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "site" / "manifest.json").read_text(encoding="utf-8"))
    assert [entry["rows"] for entry in manifest["inputs"] if entry["name"] == "synthetic.csv"] == [3]
    assert "complete: 2 files" in verify(tmp_path / "site")
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert json.loads(page.split('id="data">', 1)[1].split("</script>", 1)[0])["incidents"]["rows"] == 2


def test_a_table_that_is_none_is_refused_in_one_line_and_nothing_is_published(tmp_path):
    table = tmp_path / "own.csv"
    table.write_text("name,when\nSaraqib,2020-03-07\n")
    done = run("--out", str(tmp_path / "site"), "--incidents", str(table))
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"own\.csv: columns: the columns are name, when; .*\n", done.stderr)
    assert not (tmp_path / "site" / "index.html").exists()


@pytest.mark.parametrize(
    "text",
    ["a\u202eb", "a\ufffeb", "a\udcffb", "", "javascript:alert(1)", "data:text/html,x", "ftp://example.org", "https://",
     "file:///etc/hosts", "me", "me@", "a@b@c", "http://[::1", "see https://example.org", "https://example.org/a b"],
    ids=ascii,
)  # fmt: skip
def test_where_to_report_mistakes_is_a_mail_or_web_address(text, tmp_path):
    with pytest.raises(GeoError, match=r"^corrections: "):
        build(out_dir=tmp_path / "map", corrections=text)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["a\udcffb", "javascript:alert(1)"], ids=ascii)
def test_the_command_refuses_another_address_with_the_name_of_the_option(text, tmp_path):
    done = run("--corrections", text, cwd=tmp_path)
    assert done.returncode == 2
    assert "--corrections" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("day", ["0001-01-01", "2030-01-01"])
def test_a_day_outside_the_map_is_refused_in_one_line_and_nothing_is_published(tmp_path, day):
    done = run("--out", tmp_path / "site", "--formats", "page", "--as-of", day)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{day} is outside the map, which covers 2017-05-04 to 2021-03-31\n"
    with pytest.raises(ValueError, match="is outside the map"):
        build(out_dir=tmp_path / "site", as_of=date.fromisoformat(day), formats=["page"])
    assert list(tmp_path.iterdir()) == []
