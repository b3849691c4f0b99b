"""Files as QGIS, GDAL, geopandas and spreadsheets save them: the same layer comes back, or one line refuses it."""

import csv
import io
import json
from functools import cache

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.inputs import lenient
from geo.inputs.catalog import LAYERS
from geo.inputs.files import LAYERS_DIR, RefusedError
from geo.inputs.layers import layer_text, parse_layer
from geo.inputs.lenient import Changes

SPECS = {spec.file: spec for spec in LAYERS}
LOCATED = [spec.file for spec in LAYERS if spec.geometry]
MOTORWAYS = ["m4.geojson", "m5.geojson"]
OTHERS = [name for name in LOCATED if name not in MOTORWAYS]
POSTS, ZONE, LINES = "observation_posts.geojson", "deescalation_zone.geojson", "line_of_contact.geojson"


@cache
def shipped(name):
    return (LAYERS_DIR / name).read_text(encoding="utf-8")


def read(name, content):
    """Read a file leniently; return its canonical text, what was changed, and the problems."""
    problems, changes = [], Changes()
    content = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    try:
        layer = parse_layer(content, SPECS[name], problems, changes)
    except RefusedError as refused:
        return None, changes, [str(refused.problem(name))]
    return layer_text(layer), changes, [str(problem) for problem in problems]


def undone(name, content):
    """Read a file leniently; return what was changed. The layer must be the shipped one."""
    text, changes, problems = read(name, content)
    assert problems == []
    assert text == shipped(name)
    return str(changes)


def edited(name, change):
    """Return a file after a change of its parsed GeoJSON."""
    document = json.loads(shipped(name))
    change(document)
    return json.dumps(document)


def saved_by_gdal(path):
    """Read and write a file with GDAL alone, as ogr2ogr does."""
    copy = path.with_name("copy.geojson")
    with pyogrio.open_arrow(path, use_pyarrow=False) as (meta, stream):
        options = {"geometry_type": meta["geometry_type"], "crs": meta["crs"], "layer": path.stem}
        geometry_name = meta["geometry_name"] or "wkb_geometry"
        pyogrio.write_arrow(stream, copy, driver="GeoJSON", geometry_name=geometry_name, **options)
    return copy.read_bytes()


def saved_by_geopandas(path):
    gpd.read_file(path).to_file(path, driver="GeoJSON")
    return path.read_bytes()


@pytest.fixture
def copy_of(tmp_path):
    def copy(name):
        (tmp_path / name).write_text(shipped(name), encoding="utf-8")
        return tmp_path / name

    return copy


def saved_by_qgis(name):
    """Return a file as GDAL writes it in update mode, as QGIS saves: members first, blanks inside brackets."""
    document = json.loads(shipped(name))
    features = document.pop("features")
    members = [f'"{key}": {json.dumps(value)}' for key, value in {**document, "name": name.partition(".")[0]}.items()]
    lines = [json.dumps(feature, ensure_ascii=False).replace("[", "[ ").replace("]", " ]") for feature in features]
    return "{\n" + ",\n".join([*members, '"features": [\n' + ",\n".join(lines) + "\n]"]) + "\n}\n"


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("save", [saved_by_gdal, saved_by_geopandas])
def test_a_file_saved_by_gdal_or_geopandas_is_the_same_layer(copy_of, name, save):
    assert "crs of the collection removed" in undone(name, save(copy_of(name)))


@pytest.mark.parametrize("name", MOTORWAYS)
def test_a_motorway_saved_by_geopandas_is_refused_for_the_members_that_it_lost(copy_of, name):
    _, _, problems = read(name, saved_by_geopandas(copy_of(name)))
    assert problems == [
        f"{name}: collection: {member}: missing: give a value, or null if it is unknown"
        for member in ("licence", "osm_base", "retrieved_at")
    ]


@pytest.mark.parametrize("name", LOCATED)
def test_a_file_saved_by_qgis_is_the_same_layer(name):
    assert undone(name, saved_by_qgis(name)) == "layout, name of the collection removed"


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


def reversed_outline(geometry):
    return {**geometry, "coordinates": [geometry["coordinates"][0][::-1]]}


LON_LAT = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
HABITS = [
    (POSTS, lambda doc: doc["features"].reverse(), "order of features"),
    (POSTS, every("precision_m", float), "77 whole numbers written with a point"),
    (POSTS, first(number="1"), "1 whole number written as text"),
    (POSTS, first(established_on="2017/10/13"), "1 day with slashes"),
    (ZONE, every("valid_from", lambda day: f"{day}T00:00:00"), "2 days with midnight"),
    (ZONE, every("sources", json.dumps), "2 lists written as text"),
    (LINES, every("vertex_precision_m", lambda metres: str(metres).replace(",", "")),
     "14 lists written as numpy prints it"),
    (POSTS, every_geometry(as_multi), "77 Multi types of one part"),
    (POSTS, every_geometry(positions(lambda lon, lat: [lon, lat, 0])), "77 heights of 0 removed"),
    (ZONE, every_geometry(positions(lambda lon, lat: [lon, lat, 0.0])), "290 heights of 0 removed"),
    (POSTS, first_geometry(positions(lambda lon, lat: [lon + 4e-8, lat])), "1 coordinate rounded to 6 decimals"),
    (ZONE, every_geometry(reversed_outline), "reversed 2 rings"),
    (POSTS, lambda doc: doc["features"][0]["properties"].pop("valid_from"), "1 key left out for null"),
    (POSTS, lambda doc: doc["features"][0].update(id=0), "second id of 1 feature removed"),
    (POSTS, lambda doc: doc["features"][0].update(bbox=[36, 35, 36, 35]), "bbox of 1 feature removed"),
    (POSTS, lambda doc: doc.update(bbox=[36, 35, 37, 36]), "bbox of the collection removed"),
    (POSTS, lambda doc: doc.update(xy_coordinate_resolution=1e-6),
     "xy_coordinate_resolution of the collection removed"),
    ("m4.geojson", lambda doc: doc.update(crs=LON_LAT), "crs of the collection removed"),
    (POSTS, lambda doc: [feature.update(id=feature["properties"].pop("id")) for feature in doc["features"]],
     "id of 80 features put back into its column, keys of 80 features in another order"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "description"), HABITS)
def test_each_habit_of_another_program_is_undone_and_counted(name, change, description):
    changes = undone(name, edited(name, change)).split(", ")
    assert sorted(changes) == sorted(["layout", *description.split(", ")])


def test_a_hole_wound_the_other_way_is_reversed():
    outline = [[36.5, 35.0], [37.5, 35.0], [37.5, 36.0], [36.5, 36.0], [36.5, 35.0]]
    hole = [[36.7, 35.2], [36.7, 35.4], [36.9, 35.4], [36.7, 35.2]]

    def with_hole(*rings):
        return edited(ZONE, first_geometry(lambda geometry: {**geometry, "coordinates": list(rings)}))

    text, changes, problems = read(ZONE, with_hole(outline, hole[::-1]))
    assert (problems, "reversed 1 ring" in str(changes)) == ([], True)
    assert text == read(ZONE, with_hole(outline, hole))[0]


def two_parts(geometry):
    return {"type": "MultiPoint", "coordinates": [geometry["coordinates"], [36.5, 35.5]]}


def projected(document):
    document["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32637"}}


def without(column):
    return lambda document: [feature["properties"].pop(column) for feature in document["features"]]


def tiny(geometry):
    return {**geometry, "coordinates": [[[36.0, 35.5], [36.0000001, 35.5], [36.0, 35.5000001], [36.0, 35.5]]]}


FIRST = "feature 'post-01-salwah': "
REFUSED = [
    (POSTS, first_geometry(positions(lambda lon, lat: [lon, lat, 412])), FIRST + "geometry: [36.756, 36.309, 412] has"),
    (POSTS, first_geometry(two_parts), FIRST + "geometry: MultiPoint: write a Point"),
    (POSTS, lambda doc: [feature["properties"].update(fid=1) for feature in doc["features"]],
     "every row: fid: unknown key: remove it; known are id, "),
    (POSTS, without("grade"), "every row: grade: missing: "),
    (POSTS, without("note"), "every row: note: missing: "),
    (POSTS, lambda doc: doc["features"][0]["properties"].pop("grade"), FIRST + "grade: missing: "),
    (POSTS, projected, "collection: crs: 'urn:ogc:def:crs:EPSG::32637': save the layer in EPSG:4326 "),
    (POSTS, lambda doc: doc.update(description="posts"), "collection: description: unknown key: "),
    (POSTS, first(established_on="2017-10-13T14:30:00"), FIRST + "established_on: "),
    (POSTS, first(established_on="2017-10-13T00:00:00Z"), FIRST + "established_on: "),
    (POSTS, first(established_on="13/10/2017"), FIRST + "established_on: "),
    (POSTS, first(precision_m=2000.5), FIRST + "precision_m: 2000.5: write a whole number"),
    (POSTS, first(sources="(2:O001,O002)"), FIRST + "sources: '(2:O001,O002)': write a list"),
    (POSTS, first(note=[1, 2]), FIRST + "note: [1, 2]: write a text"),
    (POSTS, lambda doc: doc["features"][0].update(id="post-02"), FIRST + "feature: keys geometry, id, "),
    (POSTS, lambda doc: doc["features"][0].update(properties=None), "feature 1: row: "),
    (ZONE, first_geometry(tiny), "feature 'zone-2017': geometry: "),
    (ZONE, first_geometry(lambda outline: {**outline, "coordinates": [[]]}), "feature 'zone-2017': geometry: "),
    (ZONE, first_geometry(lambda outline: {**outline, "type": ["Polygon"]}), "feature 'zone-2017': geometry: "),
    (ZONE, first(note="\ud83d"), "feature 'zone-2017': note: '\\ud83d': contains the invisible character U+D83D"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "fault"), REFUSED)
def test_what_is_not_certainly_the_same_is_refused_in_one_line(name, change, fault):
    _, _, [line] = read(name, edited(name, change))
    assert line.startswith(f"{name}: {fault}")


@pytest.mark.parametrize(
    "coordinates", ["[36.756, 1e400]", "[" * 600 + "]" * 600, "[null, []]", "{}", '["36.7", "36"]']
)
def test_hostile_coordinates_are_refused_in_one_line(coordinates):
    _, _, [line] = read(POSTS, shipped(POSTS).replace("[36.756, 36.309]", coordinates))
    assert line.startswith(f"{POSTS}: ")


# ---- Values ----


@pytest.mark.parametrize(
    ("undo", "theirs", "ours"),
    [
        (lenient.number_without_trailing_zeros, "9.0", 9),
        (lenient.number_without_trailing_zeros, "71.50", 71.5),
        (lenient.day_without_midnight, "2018/04/07 00:00:00.000", "2018/04/07"),
        (lenient.list_from_json_text, '[ "W001", "W094" ]', ["W001", "W094"]),
        (lenient.list_from_printed_array, "['W001' 'W094']", ["W001", "W094"]),
        (lenient.list_from_printed_array, "[ 300 1000\n  500]", [300, 1000, 500]),
    ],
)
def test_a_value_is_brought_into_canonical_form(undo, theirs, ours):
    found = undo(theirs)
    assert (found, type(found)) == (ours, type(ours))


AMBIGUOUS = {
    lenient.whole_number_without_point: [9.5, float(2**53 + 2), float("inf"), "9"],
    lenient.whole_number_from_text: ["007", "-3", "2 000", "2,000", "9.0", "٩", ""],
    lenient.number_without_trailing_zeros: ["9,0", "09.0", "9.05", "100", "1e3", ".0"],
    lenient.day_without_midnight: ["2018-04-07T00:00:01", "2018-04-07T00:00:00+03:00", "2018-04/07 00:00"],
    lenient.day_without_slashes: ["07/04/2018", "18/04/07", "2018/04", "2018/4/7"],
    lenient.list_from_json_text: ["W001;W094", "[W001]", '{"a": 1}', "[" * 9000, "(1:W001)"],
    lenient.list_from_printed_array: ["['a' ... 'b']", "['a' None]", "['a''b']", "['a', 'b']", "[300 1.5]", "[]", "a",
                                      str(np.array(["W001"] * 1001, dtype=object))],
}  # fmt: skip


@pytest.mark.parametrize("undo", AMBIGUOUS, ids=lambda undo: undo.__name__)
def test_a_value_that_could_mean_something_else_is_left_alone(undo):
    assert [value for value in AMBIGUOUS[undo] if undo(value) is not value] == []


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=20))
def test_every_list_that_numpy_prints_whole_is_read_back_character_by_character(entries):
    assert lenient.list_from_printed_array(str(np.array(entries, dtype=object))) == entries


# ---- Tables ----


def saved(rows, *, quoting=csv.QUOTE_MINIMAL, delimiter=","):
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n", quoting=quoting, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def rows_of(name):
    return list(csv.reader(io.StringIO(shipped(name), newline="")))


@pytest.mark.parametrize("name", ["timeline.csv", "joint_patrols.csv", "sources.csv"])
def test_a_table_saved_by_a_spreadsheet_is_the_same_layer(name):
    header, *rows = rows_of(name)
    turned = [row[::-1] for row in (header, *rows[::-1])]
    changes = undone(name, "\ufeff" + saved(turned, quoting=csv.QUOTE_ALL))
    assert changes == "line ends, layout, order of columns, byte order mark, order of rows"


def test_cells_written_by_a_spreadsheet_or_gdal_come_back():
    header, *rows = rows_of("joint_patrols.csv")
    number, length, day = (header.index(column) for column in ("number", "reported_length_km", "date"))
    numbers = sum(bool(row[place]) for row in rows for place in (number, length))
    for row in rows:
        row[number] += ".0" if row[number] else ""
        row[length] += (".00" if "." not in row[length] else "0") if row[length] else ""
        row[day] = row[day].replace("-", "/") if len(row[day]) == 10 else row[day]
    days = sum("/" in row[day] for row in rows)
    table = [[*row, "", ""] for row in (header, *rows)]
    changes = undone("joint_patrols.csv", saved([*table, [""] * len(table[0])]))
    assert set(changes.split(", ")) == {
        "line ends",
        "1 empty row removed",
        "2 empty columns removed",
        f"{numbers} numbers with trailing zeros",
        f"{days} days with slashes",
    }


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda rows: [row.pop() for row in rows], "line 1: header: missing conflict: "),
        (lambda rows: [row.append("x") for row in rows], "line 1: header: unknown 'x': "),
        (lambda rows: rows[5].pop(), "line 6, row 'T005': row: 15 cells: "),
        (lambda rows: rows[35].__setitem__(5, "13:25:00"), "line 36, row 'T035': time: '13:25:00': "),
        (lambda rows: rows[0].__setitem__(-1, "note"), "line 1: header: missing conflict: "),
    ],
)
def test_a_table_that_lost_or_gained_something_is_refused_with_its_line(change, fault):
    rows = rows_of("timeline.csv")
    change(rows)
    _, _, [line] = read("timeline.csv", saved(rows))
    assert line.startswith(f"timeline.csv: {fault}")


def test_another_separator_and_an_open_quote_are_refused():
    _, _, [line] = read("sources.csv", saved(rows_of("sources.csv"), delimiter=";"))
    assert line.startswith("sources.csv: line 1: header: ['id;title;")
    _, _, [line] = read("sources.csv", shipped("sources.csv") + '"open')
    assert ": CSV: " in line
