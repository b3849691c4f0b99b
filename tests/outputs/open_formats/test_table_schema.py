from geo.outputs.open_formats.table_schema import table_schema
from geo.outputs.open_formats.tables import tables_of


def fields_of(layers, derived, name):
    [table] = [table for table in tables_of(layers, derived) if table.name == name]
    return {field["name"]: field for field in table_schema(table)["fields"]}


def test_types_constraints_and_meanings_are_those_of_the_records(layers, derived):
    fields = fields_of(layers, derived, "observation_posts")
    assert fields["number"]["type"] == "integer"
    assert fields["number"]["constraints"] == {"maximum": 12, "minimum": 1}
    assert fields["grade"]["constraints"] == {"pattern": "^[A-F][1-6]$", "required": True}
    assert fields["kind"]["constraints"]["enum"] == ["official", "additional"]
    assert fields["precision_m"]["unit"] == "m"
    assert fields["governorate"]["description"] == "Governorate"


def test_a_date_may_be_a_day_a_month_or_a_year(layers, derived):
    fields = fields_of(layers, derived, "timeline")
    assert fields["date"]["type"] == "string"
    assert fields["date"]["constraints"]["pattern"] == r"^\d{4}(-\d{2}(-\d{2})?)?$"


def test_points_are_two_numbers_and_lines_are_text(layers, derived):
    points, lines = (fields_of(layers, derived, name) for name in ("places", "m4"))
    assert [points[name]["type"] for name in ("longitude", "latitude")] == ["number", "number"]
    assert lines["WKT"]["type"] == "string"


def test_every_table_has_the_id_as_its_key_and_ends_with_the_build(layers, derived):
    for table in tables_of(layers, derived):
        schema = table_schema(table)
        assert schema["primaryKey"] == ["id"]
        assert schema["fields"][-1]["name"] == "build"
