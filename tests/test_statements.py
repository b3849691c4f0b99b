"""What the five articles of February and March 2020 state is on the map with its claimant, and claims stay claims."""

import re
from datetime import date

import pytest

import geo
from geo.inputs.dates import first_day, last_day

# The articles from which the map began, by their row of sources.csv: Reuters of 5 March, TellerReport of 6 March,
# Anadolu Agency and Reuters of 29 February, a newspaper that was not identified of 3 March 2020.
REUTERS_5, TELLER_6, ANADOLU_29, REUTERS_29, PAPER_3 = ARTICLES = ("N1", "N2", "N3", "N4", "N5")
ANADOLU, TELLER, PAPER = "Anadolu Agency (Turkish state agency)", "TellerReport", "unidentified newspaper"
MINISTRY, UN, ONE = "Turkish Ministry of National Defence", "United Nations", "an unidentified newspaper"

# Article; statement in our words; row; whose claim it is there; its date; its figure, if the statement has one.
STATEMENTS = (
    (REUTERS_5, "agreement after more than six hours of talks", "T048", "Reuters", "2020-03-05", "more than 6"),
    (REUTERS_5, "ceasefire on Thursday at midnight", "T064", "Erdoğan", "2020-03-06", ""),
    (REUTERS_5, "Putin hopes for an end of military activity", "T054", "Putin", "2020-03-05", ""),
    (REUTERS_5, "last stronghold of rebels, some backed by Turkey", "T138", "Reuters", "2020-03-05", ""),
    (REUTERS_5, "offensive since December, Russian air support", "T009", "Reuters", "2019-12", ""),
    (REUTERS_5, "nearly a million displaced", "T044", "Reuters", "2020-03-05", "nearly 1 000 000"),
    (REUTERS_5, "Turkey hosts 3.6 million refugees", "T046", "Reuters", "2020-03-05", "3 600 000"),
    (REUTERS_5, "gravest crisis since 2011", "T045", f"{UN}, quoted by Reuters", "2020-03-05", "hundreds of thousands"),
    (REUTERS_5, "aid for Syrians in need", "T055", "Erdoğan", "2020-03-05", ""),
    (REUTERS_5, "right to respond to attacks", "T053", "Erdoğan", "2020-03-05", ""),
    (REUTERS_5, "three hours of talks alone", "T049", "Kremlin", "2020-03-05", "3"),
    (REUTERS_5, "security corridor along the M4", "T050", "Russia, Turkey", "2020-03-05", "6"),
    (REUTERS_5, "joint patrols from 15 March", "T070", "Russia, Turkey", "2020-03-15", ""),
    (REUTERS_5, "corridor 12 km wide", "T051", "Reuters; TellerReport", "2020-03-05", "12"),
    (REUTERS_5, "the corridor moves the Russian presence north", "T136", "Reuters", "2020-03-05", ""),
    (REUTERS_5, "ministries define parameters within seven days", "T068", "Russia, Turkey", "2020-03-12", "7"),
    (REUTERS_5, "Erdoğan repeatedly demanded a Syrian withdrawal", "T130", "Reuters", "2020-03-05", ""),
    (REUTERS_5, "no explicit withdrawal, most posts encircled", "T052", "Reuters", "2020-03-05", ""),
    (TELLER_6, "in force on Friday morning, air strikes stop", "T060", TELLER, "2020-03-06", ""),
    (TELLER_6, "ceasefire from midnight Friday", "T064", "Erdoğan", "2020-03-06", ""),
    (TELLER_6, "Guterres hopes for a lasting end of hostilities", "T061", "UN Secretary-General", "2020-03-05", ""),
    (TELLER_6, "closed meeting at 6 p.m.", "T066", f"a diplomatic source, quoted by {TELLER}", "2020-03-06", ""),
    (TELLER_6, "joint patrols from 15 March", "T070", "Russia, Turkey", "2020-03-15", ""),
    (TELLER_6, "first joint patrols in this area", "T063", TELLER, "2020-03-06", ""),
    (TELLER_6, "6 km on either side", "T050", "Russia, Turkey", "2020-03-05", "6"),
    (TELLER_6, "12 km in total", "T051", "Reuters; TellerReport", "2020-03-05", "12"),
    (TELLER_6, "parameters within seven days", "T068", "Russia, Turkey", "2020-03-12", "7"),
    (TELLER_6, "last stronghold of rebels and jihadists", "T138", "Reuters", "2020-03-05", ""),
    (TELLER_6, "nearly 500 civilians killed", "T058", TELLER, "2020-03-06", "nearly 500"),
    (TELLER_6, "around a million displaced", "T057", TELLER, "2020-03-06", "around 1 000 000"),
    (TELLER_6, "21 neutralised, the ministry said early on Friday", "T056", MINISTRY, "2020-03-05", "21"),
    (TELLER_6, "34 Turkish soldiers killed last weekend", "T013", TELLER, "2020-02-27", "34"),
    (TELLER_6, "the humanitarian crisis must not worsen", "T055", "Erdoğan", "2020-03-05", ""),
    (TELLER_6, "right to respond to attacks", "T053", "Erdoğan", "2020-03-05", ""),
    (TELLER_6, "Putin: a solid basis", "T054", "Putin", "2020-03-05", ""),
    (TELLER_6, "risk of direct confrontation", "T139", TELLER, "2020-03-06", ""),
    (TELLER_6, "Turkey hosts 3.6 million Syrians", "T059", TELLER, "2020-03-06", "3 600 000"),
    (TELLER_6, "European support demanded on Wednesday", "T043", "Erdoğan", "2020-03-04", ""),
    (ANADOLU_29, "summit in Moscow in the coming days", "T028", "Kremlin", "2020-02-29", ""),
    (ANADOLU_29, "Putin and Macron spoke by telephone", "T022", "Kremlin", "2020-02-29", ""),
    (ANADOLU_29, "Turkish soldiers protect civilians", "T140", ANADOLU, "2020-02-29", ""),
    (ANADOLU_29, "the agreement of 2018 prohibits aggression", "T004", ANADOLU, "2018-09", ""),
    (ANADOLU_29, "more than 1,800 civilians killed", "T018", ANADOLU, "2020-02-29", "more than 1 800"),
    (ANADOLU_29, "truce still violated by the government and Russia", "T132", ANADOLU, "2020-02-29", ""),
    (ANADOLU_29, "at least 33 killed by government forces", "T010", ANADOLU, "2020-02-27", "at least 33"),
    (ANADOLU_29, "4 million civilians in the zone", "T017", ANADOLU, "2020-02-29", "4 000 000"),
    (ANADOLU_29, "more than 1.7 million forced to move", "T016", ANADOLU, "2020-02-29", "more than 1 700 000"),
    (ANADOLU_29, "more than 3.7 million refugees", "T019", ANADOLU, "2020-02-29", "more than 3 700 000"),
    (ANADOLU_29, "the world's first host country", "T135", ANADOLU, "2020-02-29", ""),
    (REUTERS_29, "Macron spoke to Putin that day", "T022", "Kremlin", "2020-02-29", ""),
    (REUTERS_29, "immediate end, durable and verifiable ceasefire", "T021", "Élysée", "2020-02-29", ""),
    (REUTERS_29, "Russia's responsibility as a permanent member", "T131", "Élysée", "2020-02-29", ""),
    (REUTERS_29, "Russia asked to leave the battlefield", "T024", "Erdoğan", "2020-02-29", ""),
    (REUTERS_29, "34 Turkish soldiers killed this week", "T011", "Reuters", "2020-02-27", "34"),
    (REUTERS_29, "four-way summit of Istanbul", "T003", "Turkey, Russia, France, Germany", "2018-10-27", ""),
    (REUTERS_29, "no new influx, threat to open the borders", "T026", "Erdoğan", "2020-02-29", ""),
    (REUTERS_29, "some 3.7 million refugees", "T020", "Reuters", "2020-02-29", "about 3 700 000"),
    (REUTERS_29, "solidarity, and cooperation on migration", "T029", "Élysée", "2020-02-29", ""),
    (REUTERS_29, "all questions at the talks in Moscow", "T028", "Kremlin", "2020-02-29", ""),
    (REUTERS_29, "meeting on 5 or 6 March", "T027", "Russian and Turkish officials", "2020-02-29", ""),
    (REUTERS_29, "Putin and Rouhani spoke by telephone", "T023", "Kremlin", "2020-02-29", ""),
    (PAPER_3, "one-day visit on 5 March", "T047", "Turkish presidency", "2020-03-05", "1"),
    (PAPER_3, "relations have worsened", "T139", TELLER, "2020-03-06", ""),
    (PAPER_3, "Operation Spring Shield announced", "T030", "Turkey", "2020-03-01", ""),
    (PAPER_3, "two aircraft shot down", "T033", MINISTRY, "2020-03-01", "2"),
    (PAPER_3, "19 Syrian soldiers killed", "T031", "SOHR; unidentified newspaper", "2020-03-01", "19"),
    (PAPER_3, "34 Syrian soldiers killed", "T032", PAPER, "2020-03-01", "34"),
    (PAPER_3, "34 Turkish soldiers killed last week", "T012", PAPER, "2020-02-27", "34"),
    (PAPER_3, "offensive since December", "T009", "Reuters", "2019-12", ""),
    (PAPER_3, "last stronghold of rebels and terrorists", "T138", "Reuters", "2020-03-05", ""),
    (PAPER_3, "out of Turkey's way", "T025", "Erdoğan", "2020-02-29", ""),
    (PAPER_3, "a difficult meeting", "T034", "Peskov", "2020-03-01", ""),
    (PAPER_3, "nearly a million displaced", "T040", PAPER, "2020-03-03", "nearly 1 000 000"),
    (PAPER_3, "Sochi agreements, cooperation with Turkey", "T036", "Peskov", "2020-03-02", ""),
    (PAPER_3, "contacts, safety of flights", "T039", f"Peskov, quoted by {ONE}", "2020-03-02", ""),
    (PAPER_3, "hope for a ceasefire, borders stay open", "T037", "Erdoğan", "2020-03-02", ""),
    (PAPER_3, "share of the burden", "T133", "Erdoğan", "2020-03-02", ""),
    (PAPER_3, "borders opened", "T137", "Erdoğan", "2020-02-28", ""),
    (PAPER_3, "summit of four or five, Borissov", "T038", "Erdoğan", "2020-03-02", "4 or 5"),
    (PAPER_3, "telephone call with Merkel", "T134", "Erdoğan", "2020-03-02", ""),
    (PAPER_3, "more than four million refugees and migrants", "T042", PAPER, "2020-03-03", "more than 4 000 000"),
    (PAPER_3, "a new influx is too much", "T026", "Erdoğan", "2020-02-29", ""),
    (PAPER_3, "nearly a million massed at the border", "T041", PAPER, "2020-03-03", "nearly 1 000 000"),
)  # fmt: skip


@pytest.fixture(scope="module")
def claims():
    """Return the rows of the timeline by their ids."""
    return geo.read_layer("timeline").fillna("").set_index("id").to_dict("index")


@pytest.mark.parametrize(("article", "statement", "id_", "claimed_by", "day", "figure"), STATEMENTS)
def test_a_statement_of_the_articles_is_a_row_with_its_claimant(
    article, statement, id_, claimed_by, day, figure, claims
):
    row = claims[id_]
    assert article in row["sources"], statement
    assert (row["claimed_by"], row["date"], row["figure"]) == (claimed_by, day, figure), statement


def test_every_row_that_cites_an_article_is_in_the_table_of_statements(claims):
    told = {(article, id_) for article, _, id_, *_ in STATEMENTS}
    cited = {(article, id_) for id_, row in claims.items() for article in ARTICLES if article in row["sources"]}
    assert cited == told


def test_no_claim_is_later_or_earlier_than_the_map(claims, layers):
    covered = layers.agreement.map
    for id_, row in claims.items():
        assert date.fromisoformat(covered.first_day) <= last_day(row["date"]), id_
        assert first_day(row["date"]) <= date.fromisoformat(covered.last_day), id_


def test_the_author_of_the_strike_of_27_february_is_told_by_each_side(claims):
    authors = [row for row in claims.values() if row["title_en"].startswith("Author of the strike")]
    assert {row["claimed_by"] for row in authors} == {
        "Governor of Hatay",
        "Russian Ministry of Defence",
        "Syria TV",
        "Shaam Network",
        "local sources, quoted by Al-Monitor",
    }
    for row in authors:
        assert (row["category"], row["place"]) == ("strike", "balyun")
        assert row["conflict"]
        assert row["grade"][1] == "4"
    assert "Syrian government forces" in claims["T010"]["title_en"]


def test_the_points_of_the_sochi_memorandum_are_rows(claims):
    titles = [row["title_en"] for row in claims.values() if row["title_en"].startswith("Sochi memorandum")]
    numbered = {int(point) for title in titles for point in re.findall(r"point (\d+)", title)}
    # Point 3, the demilitarised zone and its depth, is the row of the memorandum itself.
    assert numbered == {1, 2, 4, 5, 6, 7, 8, 9, 10}
    assert claims["T005"]["figure"] == "15-20"


def test_the_entry_into_force_of_the_astana_memorandum_is_told_by_each_source(claims):
    told = {
        row["claimed_by"]: row["date"]
        for row in claims.values()
        if row["title_en"].startswith("Astana memorandum: in force")
    }
    assert told == {
        "Interfax, quoting the text": "2017-05-05",
        "TASS": "2017-05-04",
        "Russian Ministry of Defence": "2017-05-06",
    }


def test_a_claim_on_the_whole_province_is_not_placed_in_the_city(claims):
    assert [id_ for id_, row in claims.items() if row["place"] == "idlib"] == []


def test_setting_up_and_leaving_a_post_is_not_called_a_ceasefire(claims):
    about_posts = {"T090", "T091", "T092", "T093", "T104", "T111"}
    assert {id_ for id_, row in claims.items() if row["category"] == "posts"} == about_posts
