from datetime import date

import pytest

from geo.history.situation import LineOfDay, Situation, situation
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import read_layers
from geo.outputs.lead import lead, leads
from geo.outputs.texts import LANGUAGES
from geo.outputs.words import Words


@pytest.fixture(scope="module")
def words(layers):
    return {language: Words.of(layers, language) for language in LANGUAGES}


def test_one_post_and_one_patrol_are_written_in_the_singular(words):
    now = Situation({"encircled": 1, "opposition_held": 2}, 1, 1, has_lines=False, line=None)
    first, second = lead(words["fr"], now, "2020-03-16")
    assert "1 des 3 postes turcs convenus se trouvait encerclé" in first
    assert "2 se trouvaient en territoire" in first
    assert second == (
        "À cette date, 1 patrouille conjointe avait été signalée ; de 1 autre du décompte turc, on ne sait rien."
    )
    assert "1 joint patrol had been" in lead(words["en"], now)[1]


def test_what_is_not_known_is_said(words):
    now = Situation({"not_known": 4, "evacuated": 8}, None, 0, has_lines=True, line=None)
    assert lead(words["en"], now) == (
        "On {day}, 4 of the 12 agreed Turkish posts may have been left already (not known) and 8 had been evacuated; "
        "where the line of contact ran is not known.",
    )


def test_a_part_of_a_line_is_called_a_part(words):
    now = Situation({}, None, 0, has_lines=True, line=LineOfDay("2019-08", 0, is_part=True))
    assert lead(words["en"], now, "2019-09-01") == (
        "On 1 September 2019, only a part of the line of contact is known, that of August 2019.",
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_change_has_its_sentences_and_no_place_is_left_but_the_day(words, layers, language):
    found = list(leads(words[language], layers))
    assert len(found) > 50
    for day, sentences in found:
        assert sentences == lead(words[language], situation(layers, date.fromisoformat(day)))
        assert "{" not in " ".join(sentences).replace("{day}", "")
        assert sentences[0].count("{day}") == 1


@pytest.mark.parametrize("example", ["m5", "start"])
def test_a_map_without_posts_patrols_and_lines_has_no_lead(example):
    layers = read_layers(LAYERS_DIR / "examples" / example)
    assert [sentences for _, sentences in leads(Words.of(layers, "en"), layers)] == [()]
