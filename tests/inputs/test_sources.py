"""Sources that a reader can use: of the shipped layers, and what is said of one that is not."""

import csv
import io
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from geo.errors import DataError
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import read_layers

ARTICLES = {"N1", "N2", "N3", "N4", "N5"}
LANGUAGES = {"ar", "az", "cs", "de", "en", "fa", "fr", "id", "it", "nl", "pl", "pt", "ru", "sr", "tr", "uz", "zh"}
# Parameters by which sites count visitors.
TRACKING = re.compile(r"^(utm_.*|fbclid|gclid|yclid|ref)$")
# The scripts in which a title is not English.
ARABIC, CYRILLIC = re.compile(r"[\u0600-\u06ff]"), re.compile(r"[\u0400-\u04ff]")


@pytest.fixture(scope="module")
def sources(layers):
    return {row.properties.id: row.properties for row in layers["sources"].features}


def test_every_source_has_a_title_and_a_publisher(sources):
    assert [source.id for source in sources.values() if not (source.title and source.publisher)] == []


@pytest.mark.parametrize("example", ["m5", "start"])
def test_every_source_of_the_examples_has_a_title_and_a_publisher(example):
    rows = read_layers(LAYERS_DIR / "examples" / example)["sources"].features
    assert [row.properties.id for row in rows if not (row.properties.title and row.properties.publisher)] == []


@pytest.mark.parametrize("column", ["title", "publisher"])
def test_a_row_without_one_of_them_is_refused_with_its_line_and_what_to_write(layers_copy, column):
    rows = list(csv.DictReader(io.StringIO(layers_copy.text("sources.csv"))))
    rows[1][column] = ""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    layers_copy.write("sources.csv", text.getvalue())
    with pytest.raises(DataError, match=rf"sources\.csv: line 3, row 'D01': {column}: empty: give a value"):
        read_layers(layers_copy.folder)


def test_no_claim_rests_only_on_a_source_without_an_address_except_the_five_articles(layers, sources):
    unreachable = {id_ for id_, source in sources.items() if source.url is None} - ARTICLES
    claims = [row.properties for row in layers["timeline"].features]
    assert [claim.id for claim in claims if set(claim.sources) <= unreachable] == []


def test_no_text_of_a_layer_or_of_the_agreement_has_the_id_of_an_article(layers):
    rows = (row.properties for name in layers.by_name for row in layers[name].features)
    texts = [row.model_dump(exclude={"id", "sources"}) for row in rows]
    agreement = (LAYERS_DIR / "agreement.toml").read_text(encoding="utf-8")
    texts.append(re.sub(r"^sources = .*$", "", agreement, flags=re.MULTILINE))
    assert [text for text in map(str, texts) if re.search(r"\bN[1-5]\b", text)] == []


def test_a_single_source_is_never_graded_as_confirmed(layers):
    """The rule of layers/README.md: a single source never gets more than 3."""
    graded = [(layer, row.properties) for layer in layers.by_name for row in layers[layer].features]
    graded = [(layer, row.id, row.grade, len(set(row.sources))) for layer, row in graded if hasattr(row, "grade")]
    assert len(graded) > 1000
    assert [row for row in graded if row[2][1] in "12" and row[3] == 1] == []


def test_each_of_the_five_articles_says_what_it_is(sources):
    for id_ in ARTICLES & set(sources):
        assert "press article, read in a text copy" in sources[id_].note, id_
        assert sources[id_].url or "no address found" in sources[id_].note, id_


def test_dates_are_iso_days_months_or_years(sources):
    dates = [source.date for source in sources.values() if source.date]
    assert [date for date in dates if not re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", date)] == []


def test_every_document_is_there_with_its_language(sources):
    assert {source.language for source in sources.values()} <= LANGUAGES


def test_a_title_in_another_script_is_in_the_language_of_its_source(sources):
    for source in sources.values():
        if ARABIC.search(source.title):
            assert source.language in {"ar", "fa"}, source.id
        if CYRILLIC.search(source.title):
            assert source.language == "ru", source.id


def test_an_english_title_of_a_document_in_another_script_is_said_to_be_ours(sources):
    theirs = [one for one in sources.values() if one.language in {"ar", "fa", "ru", "zh"}]
    silent = [
        one.id
        for one in theirs
        if not (ARABIC.search(one.title) or CYRILLIC.search(one.title))
        and not re.search("title in our words|title not known", one.note or "")
    ]
    assert silent == []


def test_addresses_carry_no_parameters_that_follow_visitors(sources):
    for source in sources.values():
        names = parse_qs(urlsplit(source.url or "").query, keep_blank_values=True)
        assert [name for name in names if TRACKING.match(name)] == [], source.id


def test_no_two_outlets_differ_only_in_how_they_are_spelled(sources):
    spelled: dict[str, set[str]] = {}
    for source in sources.values():
        for name in source.publisher.split(" / "):
            spelled.setdefault(re.sub(r"\W|news|agency", "", name.casefold()), set()).add(name)
    assert [sorted(names) for names in spelled.values() if len(names) > 1] == []
