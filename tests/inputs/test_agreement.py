import re
import time
import tomllib
from datetime import date

import pytest

from geo.errors import DayError
from geo.geometry import corridor
from geo.inputs.agreement import NARROWEST_M, WIDEST_M, Agreement, OwnWords, parse_agreement
from geo.inputs.files import LAYERS_DIR, RefusedError
from geo.inputs.layers import read_agreement
from geo.inputs.validation import validated


def test_the_corridor_is_six_kilometres_deep_on_either_side(layers):
    terms = layers.agreement.corridor
    assert (terms.half_width_m, terms.road, terms.clause) == (6000, "M4", "2")
    assert "6 km deep to the north and 6 km deep to the south" in terms.quote


def test_every_clause_of_the_protocol_is_quoted_in_each_language_of_the_page(layers):
    agreed = layers.agreement
    clauses = (agreed.ceasefire, agreed.corridor, agreed.patrols, agreed.closing)
    assert [clause.clause for clause in clauses] == ["1", "2", "3", None]
    for clause in clauses:
        assert clause.quote
        assert set(clause.quote_in) == {"fr", "ar", "tr"}
        assert set(clause.official) <= {"en", *clause.quote_in}
        assert clause.note is None or set(clause.note_in) == {"fr", "ar", "tr"}
    assert [clause.official for clause in clauses] == [("en", "tr")] * 3 + [("tr",)]
    assert agreed.corridor.quote.endswith("within 7 days.")
    assert agreed.patrols.quote.endswith("to the settlement of Ain-Al-Havr.")
    assert "güvenli koridor" in agreed.corridor.quote_in["tr"]
    for language in ("en", "fr", "ar", "tr"):
        assert agreed.preamble.in_language(language)


def test_the_texts_before_and_after_the_protocol_have_their_points_in_each_language(layers):
    documents = [*layers.agreement.earlier, *layers.agreement.later]
    points = {text.signed_on: [point.clause for point in text.points] for text in documents}
    assert points == {
        "2017-05-04": [str(number) for number in range(1, 7)],
        "2017-09-15": ["2", "3", "5"],
        "2018-09-17": [str(number) for number in range(1, 11)],
        "2020-03-13": [None] * 3,
    }
    for text in documents:
        assert set(text.title_in) == set(text.note_in) == {"fr", "ar", "tr"}
        for point in text.points:
            assert all(getattr(point, language) for language in ("en", "fr", "ar", "tr")), point.en
            assert point.note is None or set(point.note_in) == {"fr", "ar", "tr"}


def test_every_term_with_sources_of_its_own_is_named_once(layers):
    names = [name for name, _ in layers.agreement.named_terms()]
    assert len(names) == len(set(names))
    assert {"", "preamble", "closing", "sides.1", "earlier.0.points.5", "later.0.points.2"} <= set(names)


def test_what_was_announced_of_the_sides_is_no_part_of_the_protocol(layers):
    for side in layers.agreement.sides:
        assert (side.stated_by, side.stated_on) == ("Turkey", "2020-03-10")
        assert "No such patrols were found" in side.note


def test_broken_toml_is_refused():
    with pytest.raises(RefusedError, match="Invalid value"):
        parse_agreement("title = ", [])


DEEP = {
    "arrays": lambda levels: "a = " + "[" * levels + "]" * levels,
    "arrays never closed": lambda levels: "a = " + "[" * levels,
    "inline tables": lambda levels: "a = " + "{a=" * levels + "1" + "}" * levels,
    "dotted keys": lambda levels: ".".join("a" * levels) + " = 1",
    "tables": lambda levels: f"[{'.'.join('a' * levels)}]",
    "arrays of tables": lambda levels: f"[[{'.'.join('a' * levels)}]]",
}


@pytest.mark.parametrize("levels", [40, 5_000])
@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_deeply_nested_toml_is_refused_in_one_line_with_the_name_of_the_file(text, levels, tmp_path):
    (tmp_path / "agreement.toml").write_text(text(levels), encoding="utf-8")
    problems = []
    read_agreement(tmp_path, problems)
    [line] = [str(problem) for problem in problems]
    assert re.fullmatch(r"agreement\.toml: TOML: (nested more than 32 levels deep|Invalid value)[^\n]*", line)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (".".join("a" * 90_000) + " = 1", "TOML: nested more than 32 levels deep"),
        (" . ".join(['"a b"'] * 20_000) + " = 1", "TOML: nested more than 32 levels deep"),
        (f"[{'.'.join('a' * 90_000)}]", "TOML: nested more than 32 levels deep"),
        ("".join(f"{'.'.join('a' * 3_000)}.k{n} = 1\n" for n in range(30)), "TOML: nested more than 32 levels deep"),
        ("x = '" + "a" * 200_000 + "'", "size: 200,006 characters: shorten it to at most 200,000"),
        ("x = " + "9" * 5_000, "TOML: Exceeds the limit"),
        ("x = 2020-02-30", "TOML: "),
    ],
    ids=range(7),
)
def test_what_a_parser_of_toml_fails_on_or_takes_minutes_for_is_refused_in_seconds(text, rule):
    begun = time.process_time()
    with pytest.raises(RefusedError) as refused:
        parse_agreement(text, [])
    assert str(refused.value.problem("")).startswith(rule)
    assert time.process_time() - begun < 10.0


def test_texts_with_many_full_stops_are_no_deep_keys(layers):
    text = (LAYERS_DIR / "agreement.toml").read_text(encoding="utf-8")
    words = "Mr. A. B. " * 40
    assert words in parse_agreement(text.replace('\nnote = "', f'\nnote = "{words}', 1), []).model_dump_json()
    assert parse_agreement(f"# {'-' * 1000}\n# {'=.' * 1000}\n{text}", []) is not None


def problems_of(values):
    """Return the problems of an agreement, without the name of its file."""
    problems = []
    validated(Agreement, values, "", "", problems, needs_all_keys=False)
    return [str(problem) for problem in problems]


def shipped():
    return tomllib.loads((LAYERS_DIR / "agreement.toml").read_text(encoding="utf-8"))


def test_a_missing_language_is_answered_in_english():
    words = OwnWords(en="A map", fr="Une carte")
    assert [words.in_language(language) for language in ("en", "fr", "ar", "tr")] == [
        "A map",
        "Une carte",
        *["A map"] * 2,
    ]


def test_without_ends_of_its_own_a_corridor_ends_where_the_patrols_do(layers):
    assert layers.agreement.ends == ("trumba", "ain-al-hawr")
    values = shipped()
    values["corridor"]["to_place"] = "badama"
    assert Agreement.model_validate(values).ends == ("trumba", "badama")


def test_a_corridor_without_any_ends_is_refused():
    values = shipped()
    del values["patrols"]
    assert "corridor needs from_place and to_place" in "\n".join(problems_of(values))


def test_what_nobody_signed_can_be_mapped():
    values = shipped()
    for name in ("place", "signed_on", "parties", "ceasefire"):
        del values[name]
    assert problems_of(values) == []


@pytest.mark.parametrize(
    ("table", "key", "value", "fault"),
    [
        ("map", "opens_on", "2016-01-01", "between first_day and last_day"),
        ("map", "opens_on", "2020-03", "map.opens_on: '2020-03': write a full date (YYYY-MM-DD)"),
        ("map", "area_deg", [38.0, 34.5, 35.5, 37.2], "west, south, east, north"),
        ("map", "name", "../maps", "map.name: '../maps': "),
        ("map", "title", {"en": "a\ufffeb"}, "map.title.en: 'a\\ufffeb': contains the invisible character U+FFFE"),
        ("map", "titel", "x", "map.titel: unknown key: remove it; known are name, opens_on, "),
        ("corridor", "fetch_area_deg", [38.0, 34.5, 35.5, 37.2], "west, south, east, north"),
        ("corridor", "road", "the M4", "corridor.road: 'the M4': "),
        ("corridor", "half_width_m", 99, "corridor.half_width_m: 99: Input should be greater than or equal to 100"),
        ("corridor", "half_width_m", 1e9, "corridor.half_width_m: 1000000000.0: Input should be less than or equal to"),
        ("corridor", "half_width_m", True, "corridor.half_width_m: True: write a number"),
        ("corridor", "half_width_m", "6000", "corridor.half_width_m: '6000': write a number"),
        ("corridor", "half_width_m", float("nan"), "corridor.half_width_m: nan: "),
        ("corridor", "official", ["de"], "corridor.official.0: 'de': "),
        ("corridor", "quote_in", {"de": "x"}, "corridor.quote_in.de"),
        ("corridor", "sources", "W094", "corridor.sources: 'W094': write a list"),
        ("patrols", "starting_on", date(2020, 3, 15), "patrols.starting_on: datetime.date(2020, 3, 15): write a text"),
    ],
)
def test_a_wrong_value_is_refused_alone_with_its_key(table, key, value, fault):
    values = shipped()
    values[table][key] = value
    [line] = problems_of(values)
    assert fault in line


def test_the_half_widths_that_are_read_are_those_that_can_be_computed():
    assert (NARROWEST_M, WIDEST_M) == (corridor.NARROWEST_M, corridor.WIDEST_M)


def test_sides_that_are_not_opposite_are_refused():
    values = shipped()
    values["sides"][1]["side"] = "east"
    assert "north and south, or east and west" in "\n".join(problems_of(values))


def test_the_corridor_begins_with_the_ceasefire_or_else_with_the_signature():
    values = shipped()
    assert Agreement.model_validate(values).in_force_from == "2020-03-06"
    del values["ceasefire"]
    assert Agreement.model_validate(values).in_force_from == "2020-03-05"
    assert Agreement.model_validate(values | {"signed_on": "2020-02"}).in_force_from == "2020-02-29"
    del values["signed_on"]
    assert Agreement.model_validate(values).in_force_from is None


def test_a_day_outside_the_map_is_refused_with_its_period(layers):
    terms = layers.agreement.map
    assert terms.day_shown() == date(2020, 3, 6)
    assert [terms.day_shown(day) for day in (date(2017, 5, 4), date(2021, 3, 31))] == [
        date(2017, 5, 4),
        date(2021, 3, 31),
    ]
    for day in (date.min, date(2017, 5, 3), date(2021, 4, 1), date(2030, 1, 1)):
        with pytest.raises(DayError, match=f"^{day} is outside the map, which covers 2017-05-04 to 2021-03-31$"):
            terms.day_shown(day)
