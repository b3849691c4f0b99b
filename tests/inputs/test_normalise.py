import csv
import io
import json

import geopandas as gpd
import pyogrio
import pytest
from geo.inputs.normalise import normalise_folder, remarks_on_form

from geo.errors import ConflictError, DataError
from geo.inputs import normalise
from geo.inputs.catalog import LAYERS
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import read_layers
from geo.inputs.scaffold import new_folder

pytestmark = pytest.mark.long  # every file of the layers, again and again

LOCATED = [spec.file for spec in LAYERS if spec.geometry]
MOTORWAYS = ["m4.geojson", "m5.geojson"]
OTHERS = sorted({*LOCATED} - {*MOTORWAYS})
POSTS, ZONE, LINES = "observation_posts.geojson", "deescalation_zone.geojson", "line_of_contact.geojson"


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != ".lock"}


SHIPPED = contents(LAYERS_DIR)


def told(layers_copy, name):
    """Normalise and return what is said of the one file that was rewritten; every file must be as shipped again."""
    [line] = normalise_folder(layers_copy.folder)
    assert contents(layers_copy.folder) == SHIPPED
    start, _, changes = line.partition(" in canonical form again ")
    assert start.partition(": ")[0] == name
    return changes


def refusals(layers_copy):
    """Normalise and return the faults; nothing may be written."""
    before = contents(layers_copy.folder)
    with pytest.raises(DataError) as caught:
        normalise_folder(layers_copy.folder)
    assert contents(layers_copy.folder) == before
    return [str(problem) for problem in caught.value.problems]


def save_with_gdal(path):
    """Read and write a file with GDAL alone, as ogr2ogr does."""
    copy = path.with_name("copy.geojson")
    with pyogrio.open_arrow(path, use_pyarrow=False) as (meta, stream):
        pyogrio.write_arrow(
            stream,
            copy,
            driver="GeoJSON",
            geometry_name=meta["geometry_name"] or "wkb_geometry",
            geometry_type=meta["geometry_type"],
            crs=meta["crs"],
            layer=path.stem,
        )
    copy.replace(path)


def save_in_place(layers_copy, name, change=lambda document: None):
    """Write a file as GDAL does in update mode, which is how QGIS saves: members first, blanks inside brackets."""
    document = json.loads(layers_copy.text(name))
    change(document)
    features = document.pop("features")
    members = [f'"{key}": {json.dumps(value)}' for key, value in {**document, "name": name.partition(".")[0]}.items()]
    lines = [json.dumps(feature, ensure_ascii=False).replace("[", "[ ").replace("]", " ]") for feature in features]
    layers_copy.write(name, "{\n" + ",\n".join([*members, '"features": [\n' + ",\n".join(lines) + "\n]"]) + "\n}\n")


def every(column, change):
    """Return a change of a column in every feature where it is not null."""

    def edit(document):
        for feature in document["features"]:
            if feature["properties"][column] is not None:
                feature["properties"][column] = change(feature["properties"][column])

    return edit


def first(**values):
    """Return a change of columns of the first feature."""
    return lambda document: document["features"][0]["properties"].update(values)


def every_geometry(change):
    def edit(document):
        for feature in document["features"]:
            feature["geometry"] = feature["geometry"] and change(feature["geometry"])

    return edit


def first_geometry(change):
    def edit(document):
        document["features"][0]["geometry"] = change(document["features"][0]["geometry"])

    return edit


def positions(change):
    def changed(coordinates):
        return [changed(part) for part in coordinates] if isinstance(coordinates[0], list) else change(*coordinates)

    return lambda geometry: {**geometry, "coordinates": changed(geometry["coordinates"])}


def as_multi(geometry):
    return {"type": f"Multi{geometry['type']}", "coordinates": [geometry["coordinates"]]}


def test_files_in_canonical_form_are_not_touched(layers_copy):
    before = {path: path.stat().st_mtime_ns for path in layers_copy.folder.rglob("*")}
    assert normalise_folder(layers_copy.folder) == []
    assert {path: path.stat().st_mtime_ns for path in layers_copy.folder.rglob("*")} == before


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_saved_by_gdal_comes_back_to_the_same_bytes(layers_copy, name):
    save_with_gdal(layers_copy.folder / name)
    assert "copy" not in told(layers_copy, name)
    assert normalise_folder(layers_copy.folder) == []


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_saved_by_geopandas_comes_back_to_the_same_bytes(layers_copy, name):
    path = layers_copy.folder / name
    gpd.read_file(path).to_file(path, driver="GeoJSON")
    assert "crs of the collection removed" in told(layers_copy, name)


@pytest.mark.parametrize("name", MOTORWAYS)
def test_a_motorway_saved_by_geopandas_is_refused_for_what_the_collection_lost(layers_copy, name):
    path = layers_copy.folder / name
    gpd.read_file(path).to_file(path, driver="GeoJSON")
    assert refusals(layers_copy) == [
        f"{name}: collection: {member}: lost from the collection: copy it from the file as it was before it was saved"
        for member in ("licence", "osm_base", "retrieved_at")
    ]


@pytest.mark.parametrize("name", LOCATED)
def test_a_file_saved_by_qgis_comes_back_to_the_same_bytes(layers_copy, name):
    save_in_place(layers_copy, name)
    assert told(layers_copy, name) == "(layout, name of the collection removed)"


def test_an_edit_in_qgis_is_one_line_of_the_difference(layers_copy):
    save_in_place(layers_copy, POSTS, first(note="Edited: صلوة", precision_m=1500))
    [line] = normalise_folder(layers_copy.folder)
    assert line == f"{POSTS}: 73 features in canonical form again (layout, name of the collection removed)"
    before, after = SHIPPED[POSTS].decode().splitlines(), layers_copy.text(POSTS).splitlines()
    [(old, new)] = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    assert json.loads(new.rstrip(","))["properties"] == {
        **json.loads(old.rstrip(","))["properties"], "note": "Edited: صلوة", "precision_m": 1500,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        (POSTS, lambda doc: doc["features"].reverse(), "order of features"),
        (POSTS, every("precision_m", float), "71 whole numbers written with a point"),
        (POSTS, first(number="1"), "1 whole number written as text"),
        (POSTS, first(established_on="2017/10/13"), "1 day with slashes"),
        (POSTS, every_geometry(as_multi), "71 Multi types of one part"),
        (POSTS, every_geometry(positions(lambda lon, lat: [lon, lat, 0])), "71 heights of 0 removed"),
        (POSTS, first_geometry(positions(lambda lon, lat: [lon + 4e-8, lat])), "1 coordinate rounded to 6 decimals"),
        (POSTS, lambda doc: doc["features"][0]["properties"].pop("valid_from"), "1 key left out for null"),
        (POSTS, lambda doc: doc["features"][0].update(id=0), "second id of 1 feature removed"),
        (POSTS, lambda doc: doc["features"][0].update(bbox=[36, 35, 36, 35]), "bbox of 1 feature removed"),
        (POSTS, lambda doc: doc.update(bbox=[36, 35, 37, 36]), "bbox of the collection removed"),
        (POSTS, lambda doc: doc.update(xy_coordinate_resolution=1e-6),
         "xy_coordinate_resolution of the collection removed"),
        (POSTS, lambda doc: [feature.update(id=feature["properties"].pop("id")) for feature in doc["features"]],
         "id of 73 features put back into its column, keys of 73 features in another order"),
        (ZONE, every("valid_from", lambda day: f"{day}T00:00:00"), "2 days with midnight"),
        (ZONE, every_geometry(positions(lambda lon, lat: [lon, lat, 0.0])), "290 heights of 0 removed"),
        (ZONE, every_geometry(lambda outline: {**outline, "coordinates": [outline["coordinates"][0][::-1]]}),
         "2 rings turned round"),
        (ZONE, every("sources", json.dumps), "2 lists written as text"),
        (LINES, every("vertex_precision_m", lambda metres: str(metres).replace(",", "")),
         "14 lists written as numpy prints it"),
        (LINES, lambda doc: first(vertex_precision_m=[*map(float, doc["features"][0]["properties"]
         ["vertex_precision_m"])])(doc), "9 whole numbers written with a point"),
    ],
)  # fmt: skip
def test_each_habit_of_another_program_is_undone_and_told_with_its_count(layers_copy, name, change, words):
    layers_copy.edit(name, change)
    assert told(layers_copy, name) in {f"(layout, {words})", f"({words}, layout)"}


def test_the_crs_that_gdal_names_is_taken_when_it_is_longitude_and_latitude(layers_copy):
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    layers_copy.edit("m4.geojson", lambda doc: doc.update(crs=crs))
    assert told(layers_copy, "m4.geojson") == "(layout, crs of the collection removed)"


def test_a_number_typed_into_a_column_that_gdal_took_for_text_is_a_number(layers_copy):
    layers_copy.edit("localities.geojson", first(precision_m="2000"))
    [line] = normalise_folder(layers_copy.folder)
    assert "1 whole number written as text" in line
    assert json.loads(layers_copy.text("localities.geojson"))["features"][0]["properties"]["precision_m"] == 2000


def test_a_break_of_lines_is_told_as_layout(layers_copy):
    layers_copy.replace(ZONE, '{"type": "FeatureCollection", ', '{"type": "FeatureCollection",\n')
    assert told(layers_copy, ZONE) == "(layout)"


def two_parts(geometry):
    return {"type": "MultiPoint", "coordinates": [geometry["coordinates"], [36.5, 35.5]]}


def projected(document):
    document["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32637"}}


def without_grade(document):
    for feature in document["features"]:
        del feature["properties"]["grade"]


def tiny(geometry):
    return {**geometry, "coordinates": [[[36.0, 35.5], [36.0000001, 35.5], [36.0, 35.5000001], [36.0, 35.5]]]}


@pytest.mark.parametrize(
    ("name", "change", "fault"),
    [
        (POSTS, first_geometry(positions(lambda lon, lat: [lon, lat, 412])),
         "feature 'post-01-salwah': geometry: [36.756, 36.309, 412], a third coordinate: "),
        (POSTS, first_geometry(two_parts), "feature 'post-01-salwah': geometry: MultiPoint: a Point is needed"),
        (POSTS, lambda doc: [feature["properties"].update(fid=1) for feature in doc["features"]],
         "fid: unknown column: remove it; known are id, "),
        (POSTS, without_grade, "grade: the column is lost: copy it from the file as it was before it was saved"),
        (POSTS, lambda doc: doc["features"][0]["properties"].pop("grade"),
         "feature 'post-01-salwah': grade: missing: "),
        (POSTS, projected, "collection: crs: 'urn:ogc:def:crs:EPSG::32637': save the layer in EPSG:4326 "),
        (POSTS, lambda doc: doc.update(crs=None), "collection: crs: 'None': "),
        (POSTS, lambda doc: doc.update(description="posts"), "collection: description: unknown key: "),
        (POSTS, first(established_on="2017-10-13T14:30:00"), "feature 'post-01-salwah': established_on: "),
        (POSTS, first(established_on="2017-10-13T00:00:00Z"), "feature 'post-01-salwah': established_on: "),
        (POSTS, first(established_on="13/10/2017"), "feature 'post-01-salwah': established_on: "),
        (POSTS, first(precision_m=2000.5), "feature 'post-01-salwah': precision_m: 2000.5: "),
        (POSTS, first(sources="(2:O001,O002)"), "feature 'post-01-salwah': sources: '(2:O001,O002)': "),
        (POSTS, first(sources=["X1"]), "feature 'post-01-salwah': sources: 'X1' is no id of sources.csv: "),
        (POSTS, first(note=[1, 2]), "feature 'post-01-salwah': note: [1, 2]: "),
        (POSTS, first(note="blank at the end "), "feature 'post-01-salwah': note: "),
        (POSTS, lambda doc: doc["features"][0].update(id="post-02"), "feature 1: feature: keys geometry, id, "),
        (POSTS, lambda doc: doc["features"].append(doc["features"][0]),
         "feature 'post-01-salwah': id: stands 2 times: "),
        (POSTS, lambda doc: doc["features"][0].update(properties=None), "feature 1: row: "),
        (ZONE, first_geometry(tiny), "feature 'zone-2017': geometry: "),
        (ZONE, first_geometry(lambda outline: {**outline, "coordinates": [[]]}), "feature 'zone-2017': geometry: "),
        (ZONE, first_geometry(lambda outline: {**outline, "type": ["Polygon"]}), "feature 'zone-2017': geometry: "),
        (ZONE, first(note="\ud83d"), "feature 'zone-2017': text: half a character in "),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_without_a_guess_is_refused_in_one_line(layers_copy, name, change, fault):
    document = json.loads(layers_copy.text(name))
    change(document)
    layers_copy.write(name, json.dumps(document))
    [line] = refusals(layers_copy)
    assert line.startswith(f"{name}: {fault}")


@pytest.mark.parametrize("coordinates", ["[36.756, 1e400]", "[" * 600 + "]" * 600, "[null, []]", "{}"])
def test_hostile_coordinates_are_refused_and_not_an_accident(layers_copy, coordinates):
    layers_copy.replace(POSTS, "[36.756, 36.309]", coordinates)
    [line] = refusals(layers_copy)
    assert line.startswith(f"{POSTS}: ")


def test_one_fault_anywhere_keeps_every_file_as_it_was(layers_copy):
    layers_copy.edit(ZONE, lambda doc: doc["features"].reverse())
    layers_copy.replace("agreement.toml", "half_width_m", "half_width_km")
    lines = refusals(layers_copy)
    assert {line.partition(": ")[0] for line in lines} == {"agreement.toml"}
    (layers_copy.folder / "agreement.toml").unlink()
    (layers_copy.folder / "places.geojson").unlink()
    assert [line.split(": ")[:3] for line in refusals(layers_copy)] == [
        ["places.geojson", "file", "missing"], ["agreement.toml", "file", "missing"],
    ]  # fmt: skip


def test_a_change_that_somebody_else_made_meanwhile_is_not_lost(layers_copy, monkeypatch):
    layers_copy.edit("basemap.geojson", lambda doc: doc["features"].reverse())
    layers_copy.edit(ZONE, lambda doc: doc["features"].reverse())
    reversed_too = layers_copy.text("basemap.geojson")
    check = normalise.reference_problems

    def somebody_else_writes(*arguments):
        layers_copy.write(ZONE, "theirs")
        return check(*arguments)

    monkeypatch.setattr(normalise, "reference_problems", somebody_else_writes)
    with pytest.raises(ConflictError) as caught:
        normalise_folder(layers_copy.folder)
    assert (layers_copy.text(ZONE), layers_copy.text("basemap.geojson")) == ("theirs", reversed_too)
    assert caught.value.aside.read_bytes() == SHIPPED[ZONE]


def saved(rows, *, quoting=csv.QUOTE_MINIMAL, delimiter=","):
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n", quoting=quoting, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def rows_of(layers_copy, name):
    return list(csv.reader(io.StringIO(layers_copy.text(name), newline="")))


@pytest.mark.parametrize("name", ["timeline.csv", "joint_patrols.csv", "sources.csv"])
def test_a_table_saved_by_a_spreadsheet_comes_back_to_the_same_bytes(layers_copy, name):
    header, *rows = rows_of(layers_copy, name)
    turned = [row[::-1] for row in (header, *rows[::-1])]
    layers_copy.write(name, "\ufeff" + saved(turned, quoting=csv.QUOTE_ALL))
    assert told(layers_copy, name) == "(line ends, layout, order of columns, byte order mark, order of rows)"


def test_cells_that_a_spreadsheet_or_gdal_wrote_its_way_come_back(layers_copy):
    name = "joint_patrols.csv"
    header, *rows = rows_of(layers_copy, name)
    number, length, day = (header.index(column) for column in ("number", "reported_length_km", "date"))
    numbers = sum(bool(row[place]) for row in rows for place in (number, length))
    for row in rows:
        row[number] += ".0" if row[number] else ""
        row[length] += (".00" if "." not in row[length] else "0") if row[length] else ""
        row[day] = row[day].replace("-", "/") if len(row[day]) == 10 else row[day]
    empty = [""] * (len(header) + 2)
    table = [[*row, "", ""] for row in (header, *rows)]
    layers_copy.write(name, saved([*table, empty]))
    days = sum("/" in row[day] for row in rows)
    assert told(layers_copy, name) == (
        "(line ends, 1 empty row removed, 2 empty columns removed, "
        f"{numbers} numbers with trailing zeros, {days} days with slashes)"
    )


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda rows: [row.pop() for row in rows], "line 1: conflict: the column is lost: "),
        (lambda rows: [row.append("x") for row in rows], "line 1: x: unknown column: "),
        (lambda rows: rows[5].pop(), "line 6, row 'T005': row: 15 cells: "),
        (lambda rows: rows[35].__setitem__(5, "13:25:00"), "line 36, row 'T035': time: '13:25:00': "),
        (lambda rows: rows[0].__setitem__(-1, "note"), "line 1: header: "),
    ],
)  # fmt: skip
def test_a_table_that_lost_or_gained_something_is_refused_with_its_line(layers_copy, change, fault):
    rows = rows_of(layers_copy, "timeline.csv")
    change(rows)
    layers_copy.write("timeline.csv", saved(rows))
    [line] = refusals(layers_copy)
    assert line.startswith(f"timeline.csv: {fault}")


def test_a_table_with_another_separator_is_refused(layers_copy):
    layers_copy.write("sources.csv", saved(rows_of(layers_copy, "sources.csv"), delimiter=";"))
    [line] = [line for line in refusals(layers_copy) if line.startswith("sources.csv")]
    assert line.startswith("sources.csv: line 1: header: ['id;title;")


def test_a_table_with_a_quote_left_open_is_refused(layers_copy):
    layers_copy.write("sources.csv", layers_copy.text("sources.csv") + '"open')
    [line] = [line for line in refusals(layers_copy) if line.startswith("sources.csv")]
    assert ": CSV: " in line


def test_each_valid_file_in_another_form_is_remarked_on_and_no_other(layers_copy):
    assert remarks_on_form(read_layers(layers_copy.folder)) == []
    layers_copy.edit(POSTS, lambda doc: doc["features"].reverse())
    layers_copy.write("sources.csv", "\ufeff" + layers_copy.text("sources.csv"))
    remarks = remarks_on_form(read_layers(layers_copy.folder))
    assert remarks == [
        f"{name}: valid, but not in canonical form: python -m geo.build --normalise writes it so"
        for name in (POSTS, "sources.csv")
    ]
    normalise_folder(layers_copy.folder)
    assert remarks_on_form(read_layers(layers_copy.folder)) == []


def test_a_folder_with_its_own_list_of_layers_is_normalised(tmp_path):
    new_folder(tmp_path / "layers")
    assert normalise_folder(tmp_path / "layers") == []
    path = tmp_path / "layers" / "places.geojson"
    canonical = path.read_text(encoding="utf-8")
    path.write_text(json.dumps(json.loads(canonical), indent=2), encoding="utf-8")
    [line] = normalise_folder(tmp_path / "layers")
    assert line.startswith("places.geojson: 2 features in canonical form again")
    assert path.read_text(encoding="utf-8") == canonical
