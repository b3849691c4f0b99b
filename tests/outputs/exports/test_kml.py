from collections import Counter
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import fromstring

import fastkml
import pyogrio
import pytest
import shapely
from fastkml.utils import find_all
from lxml import etree
from shapely.geometry import shape

from geo.history.timeline import periods_of
from geo.inputs.catalog import LayerSpec
from geo.outputs.exports.kml import KML
from geo.outputs.exports.tables import tables_of
from geo.outputs.output import Output
from tests.outputs.conftest import BUILD, HOSTILE
from tests.outputs.read_back import read_back
from tests.programs import ogrinfo

AT = {"k": KML}


@cache
def schema():
    """The schema of the standard, as fastkml brings it along; nothing is fetched."""
    folder = Path(fastkml.__file__).parent / "schema"
    return etree.XMLSchema(etree.parse(folder / "ogckml22.xsd", etree.XMLParser(no_network=True)))


def output_of(published) -> Output:
    return published[published.path(".kml").name]


@pytest.fixture(scope="module")
def root(published):
    return fromstring(output_of(published).content)


@pytest.fixture(scope="module")
def tables(shipped):
    return [table for table in tables_of(shipped) if table.is_spatial]


def placemarks(root, layer):
    return root.findall(f".//k:Folder[@id='{layer}']/k:Placemark", AT)


def id_of(placemark):
    return placemark.findtext(".//k:SimpleData[@name='id']", None, AT)


def text(element, name):
    return element.findtext(f"k:{name}", None, AT)


def test_it_is_valid_by_the_schema_of_the_standard(published, hostile):
    for one in (published, hostile):
        document = etree.fromstring(output_of(one).content)
        assert schema().validate(document), list(schema().error_log)[:3]


def test_every_feature_is_counted_once_however_many_periods_it_has(published):
    output = output_of(published)
    assert read_back(output) == ({BUILD}, output.rows)
    assert set(output.rows) == {
        spec.name for spec in published.build.layers.catalogue if not isinstance(spec, LayerSpec) or spec.geometry
    }


def test_gdal_opens_it_with_the_right_counts(published, root, tables):
    path = published.path(".kml")
    expected = {table.spec.title: len(placemarks(root, table.name)) for table in tables}
    said = ogrinfo("-so", "-al", path)
    counts = Counter()
    for part in said.split("\nLayer name: ")[1:]:
        counts[part.partition("\n")[0]] += int(part.partition("Feature Count: ")[2].partition("\n")[0])
    assert {name: counts[name] for name in expected} == expected
    names = {name: pyogrio.read_dataframe(path, layer=name) for name in expected}
    assert {name: len(frame) for name, frame in names.items()} == expected


def test_a_post_is_one_placemark_for_each_period_of_its_status(root, tables):
    [table] = [table for table in tables if table.name == "observation_posts"]
    found = {}
    for placemark in placemarks(root, table.name):
        span = placemark.find("k:TimeSpan", AT)
        times = (None, None) if span is None else (text(span, "begin"), text(span, "end"))
        found.setdefault(id_of(placemark), []).append((*times, text(placemark, "styleUrl")))
    for row in table.rows:
        periods = periods_of(row, table.histories[row["id"]])
        assert found[row["id"]] == [(one.begin, one.end, f"#{table.name}.{one.status}") for one in periods]
    assert sum(map(len, found.values())) > len(table.rows)


def test_a_patrol_lasts_its_day(root, tables):
    [table] = [table for table in tables if table.name == "patrol_segments"]
    for row, placemark in zip(table.rows, placemarks(root, table.name), strict=True):
        span = placemark.find("k:TimeSpan", AT)
        assert (span is None) == (row["date"] is None)
        if row["date"]:
            assert (text(span, "begin"), text(span, "end")) == (row["date"], row["date"])


def test_names_are_those_of_the_layer_in_every_language(root, tables):
    for table in tables:
        rows = {row["id"]: row for row in table.rows}
        for placemark in placemarks(root, table.name):
            row = rows[id_of(placemark)]
            assert text(placemark, "name") == row["name_en"]
            lines = text(placemark, "description").split("\n")
            for name, language in (("name_ar", "Arabic"), ("name_tr", "Turkish"), ("name_fr", "French")):
                assert (f"{language}: {row.get(name)}" in lines) == bool(row.get(name)), row["id"]


def test_every_placemark_names_its_sources(root, tables, layers):
    sources = {row.properties.id: row.properties for row in layers["sources"].features}
    for table in tables:
        rows = {row["id"]: row for row in table.rows}
        for placemark in placemarks(root, table.name):
            description = text(placemark, "description")
            for id_ in rows[id_of(placemark)]["sources"]:
                assert f"Source: {id_}: " in description
                assert (sources[id_].url or "") in description


def test_fastkml_reads_every_feature_with_its_place_and_its_times(published, tables):
    document = fastkml.KML.parse(published.path(".kml"))
    found = {one.id: one for one in find_all(document, of_type=fastkml.Placemark)}
    rows = [(table, *row) for table in tables for row in zip(table.rows, table.frame["geom"], strict=True)]
    for table, row, geometry in rows:
        periods = periods_of(row, table.histories.get(row["id"], ()) if table.has_status else None)
        for part, period in enumerate(periods):
            placemark = found.pop(f"{table.name}.{row['id']}.{part}")
            assert (placemark.geometry is None) == (geometry is None), placemark.id
            if geometry is not None:  # of positions that are repeated, fastkml reads one
                expected = shapely.remove_repeated_points(geometry)
                assert shapely.equals_exact(shape(placemark.geometry), expected), placemark.id
            assert (placemark.times is None) == (period.begin is None and period.end is None), placemark.id
    assert not found


def test_longitude_comes_first(root, layers):
    places = {row.properties.id: row.geometry for row in layers["places"].features}
    for placemark in placemarks(root, "places"):
        point = placemark.findtext("k:Point/k:coordinates", None, AT)
        expected = places[id_of(placemark)]
        assert point == (None if expected is None else f"{expected.x},{expected.y}")


def test_layers_from_openstreetmap_stand_in_a_folder_of_their_own(root, tables):
    for table in tables:
        group = "from-openstreetmap" if table.is_from_openstreetmap else "other-data"
        [folder] = root.findall(f".//k:Folder[@id='{group}']/k:Folder[@id='{table.name}']", AT)
        assert table.credit in text(folder, "description")
        assert ("ODbL" in text(folder, "description")) == table.is_from_openstreetmap


def test_nothing_is_fetched_and_nothing_is_markup(published):
    content = output_of(published).content.decode()
    assert "<href>" not in content
    assert "<Icon>" not in content
    assert "CDATA" not in content


def test_every_style_that_is_used_is_there(root):
    styles = {f"#{style.get('id')}" for style in root.findall(".//k:Style", AT)}
    used = {one.text for one in root.findall(".//k:styleUrl", AT)}
    assert used
    assert used <= styles


def test_colours_are_written_backwards(root):
    [style] = [one for one in root.findall(".//k:Style", AT) if one.get("id") == "corridor.north"]
    assert style.findtext("k:LineStyle/k:color", None, AT) == "ff009fe6"
    assert style.findtext("k:PolyStyle/k:color", None, AT) == "5c009fe6"


def test_what_would_cover_the_ground_or_the_map_is_off_at_first(root):
    off = {folder.get("id") for folder in root.iterfind(".//k:Folder", AT) if text(folder, "visibility") == "0"}
    assert off == {"basemap", "sea", "builtup", "water", "localities", "road_centreline"}


def test_text_that_would_open_a_tag_on_a_globe_cannot(hostile):
    root = fromstring(output_of(hostile).content)
    for placemark in placemarks(root, "places"):
        assert text(placemark, "name") == HOSTILE.replace("<", "< ")
        assert "<script" not in text(placemark, "description")
        assert "</" not in text(placemark, "description")


def test_the_corridor_has_a_time_span_from_its_first_day(root):
    for layer in ("corridor", "centreline"):
        for placemark in placemarks(root, layer):
            assert placemark.findtext("k:TimeSpan/k:begin", None, AT) == "2020-03-06"


def test_a_post_that_is_not_known_any_more_has_a_time_and_a_look_of_its_own(root):
    [*_, encircled, not_known] = [one for one in placemarks(root, "observation_posts") if id_of(one) == "post-tarnabah"]
    assert encircled.findtext("k:TimeSpan/k:end", None, AT) == "2021-01-31"
    assert not_known.findtext("k:TimeSpan/k:begin", None, AT) == "2021-02-01"
    assert text(not_known, "styleUrl") == "#observation_posts.not_known"
    assert "Status: Not known whether still there" in text(not_known, "description")


def lines_of(root, layer, id_, part=0):
    """Return what describes a feature during one of its periods, line by line."""
    [placemark] = [one for one in placemarks(root, layer) if one.get("id") == f"{layer}.{id_}.{part}"]
    return text(placemark, "description").split("\n")


def test_a_grade_is_told_in_words(root):
    assert "Grade: B1: usually reliable source, confirmed by others" in lines_of(
        root, "observation_posts", "post-01-salwah"
    )


def test_a_status_is_told_as_the_legend_calls_it(root):
    assert "Status: In opposition-held territory" in lines_of(root, "observation_posts", "post-01-salwah")


def test_places_are_called_by_their_names_and_choices_by_their_words(root):
    assert "From: Trumba" in lines_of(root, "patrol_segments", "patrol-20")
    assert "Basis of the position: computed from other data" in lines_of(root, "corridor", "corridor_north")


def test_numbers_are_written_without_idle_decimals(root):
    assert "Depth on each side (m): 6000" in lines_of(root, "corridor", "corridor_north")


def test_claims_are_told_each_with_whose_it_is(root, layers):
    told = lines_of(root, "claims", "balyun")
    claims = [row.properties for row in layers["timeline"].features if row.properties.place == "balyun"]
    assert claims
    for claim in claims:
        assert any(line.startswith(claim.date) and claim.claimed_by in line for line in told)


def test_what_is_unknown_is_not_told(root):
    for placemark in root.iterfind(".//k:Placemark", AT):
        assert not {"None", "<NA>", "nan", ""} & {
            line.partition(": ")[2] for line in text(placemark, "description").split("\n")
        }
