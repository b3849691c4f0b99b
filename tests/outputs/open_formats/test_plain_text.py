import pytest

from geo.outputs.open_formats.plain_text import Describer
from geo.outputs.open_formats.tables import tables_of
from geo.outputs.periods import Period


@pytest.fixture(scope="module")
def lines_of(layers, derived):
    """Return what describes a feature, line by line."""
    describer = Describer(layers)
    tables = {table.name: table for table in tables_of(layers, derived)}

    def describe(layer, id_, period=None):
        [row] = [row for row in tables[layer].rows if row["id"] == id_]
        return describer.describe(tables[layer], row, period or Period()).split("\n")

    return describe


def test_a_grade_is_told_in_words(lines_of):
    assert "Grade: B1: usually reliable source, confirmed by others" in lines_of("observation_posts", "post-01-salwah")


def test_a_status_is_told_as_the_legend_calls_it(lines_of):
    told = lines_of("observation_posts", "post-01-salwah", Period("2020-01-01", None, "opposition_held"))
    assert "Status: In opposition-held territory" in told


def test_places_are_called_by_their_names_and_choices_by_their_words(lines_of):
    told = lines_of("patrol_segments", "patrol-20")
    assert "From: Trumba" in told
    assert "Basis of the position: computed from other data" in lines_of("corridor", "corridor_north")


def test_numbers_are_written_without_idle_decimals(lines_of):
    assert "Depth on each side (m): 6000" in lines_of("corridor", "corridor_north")


def test_claims_are_told_each_with_whose_it_is(lines_of, layers):
    told = lines_of("claims", "balyun")
    claims = [row.properties for row in layers["timeline"].features if row.properties.place == "balyun"]
    assert claims
    for claim in claims:
        assert any(line.startswith(claim.date) and claim.claimed_by in line for line in told)


def test_every_feature_can_be_described(layers, derived):
    describer = Describer(layers)
    for table in tables_of(layers, derived):
        for row in table.rows:
            assert "None" not in describer.describe(table, row, Period()).split(": ")
