from html import unescape

import ipywidgets as widgets
import pytest

from geo.editing.sources import SourcePicker, described
from tests.editing.made_up import NASTY, source
from tests.editing.test_fields import inside


class Said:
    """What a picker tells those who listen."""

    def __init__(self, *known):
        self.known = {each["id"]: each for each in known}
        self.cited, self.added, self.backed = [], [], []
        self.picker = SourcePicker(lambda: self.known, self.cited.append, self.added.append, self.backed.append)

    def show(self, *cited, needs_backing=False, backing=None, fault=""):
        self.picker.show(cited, needs_backing=needs_backing, backing=backing, fault=fault)

    def lines(self):
        return [unescape(line.value) for line in inside(self.picker._list, widgets.HTML)]

    def new(self, column):
        return inside(self.picker._new[column].widget, (widgets.Text, widgets.Textarea))[0]


@pytest.fixture
def said():
    return Said(
        source("S1", "The first", publisher="SOHR", date="2020-03-05"),
        source("S2", "The second", publisher="Anadolu", url="https://example.org/two"),
        source("S3", None, url="https://example.org/three"),
    )


def test_what_a_row_cites_stands_in_one_line_each(said):
    said.show("S1", "S3", "X9")
    assert said.lines() == ["S1 · SOHR, 2020-03-05, The first", "S3 · https://example.org/three", "X9 · "]


@pytest.mark.parametrize("text", NASTY)
def test_the_title_of_a_source_is_shown_as_text(text):
    said = Said(source("S1", text, publisher=text))
    said.show("S1", fault=text)
    for line in inside(said.picker.widget, widgets.HTML):
        assert "<" not in line.value
    assert said.lines() == [f"S1 · {text}, {text}"]
    assert inside(said.picker.widget, (widgets.HTMLMath, widgets.Label)) == []


def test_a_source_is_found_by_every_word_of_it_and_cited(said):
    said.show("S1")
    said.picker._search.value = "example.org SECOND"
    assert [id_ for _, id_ in said.picker._found.options] == ["S2"]
    said.picker._found.value = "S2"
    said.picker._cite.click()
    assert said.cited == [["S1", "S2"]]


def test_a_source_is_cited_once(said):
    said.show("S1")
    said.picker._found.value = "S1"
    said.picker._cite.click()
    assert said.cited == []


def test_nothing_found_is_nothing_cited(said):
    said.show("S1")
    said.picker._search.value = "no such source"
    said.picker._cite.click()
    assert (said.picker._found.options, said.cited) == ((), [])


def test_a_citation_is_taken_out(said):
    said.show("S1", "S2", "S3")
    inside(said.picker._list, widgets.Button)[1].click()
    assert said.cited == [["S1", "S3"]]


def test_a_moved_row_asks_which_of_its_sources_gives_the_place(said):
    said.show("S1", "S2")
    assert said.picker._backing.layout.display == "none"
    said.show("S1", "S2", needs_backing=True)
    assert said.picker._backing.layout.display == ""
    assert said.backed == []
    said.picker._backing.value = "S2"
    said.show("S1", "S2", needs_backing=True, backing="S2")
    said.show("S1", needs_backing=True, backing="S2")
    assert (said.backed, said.picker._backing.value) == (["S2"], "")


def test_a_new_source_has_every_column_and_a_proposed_id(said):
    said.show("S1")
    said.new("title").value = "A made-up article"
    assert said.new("id").value == "a-made-up-article"
    said.new("publisher").value = "Nobody’s Press"
    said.new("date").value = "2020-10-21"
    assert said.new("id").value == "nobodys-press-2020-10-21"
    said.picker._add.click()
    assert said.added == [source("nobodys-press-2020-10-21", publisher="Nobody’s Press", date="2020-10-21")]
    assert [field.value for field in said.picker._new.values()] == [None] * len(said.picker._new)


def test_an_id_that_somebody_typed_stays(said):
    said.new("title").value = "A made-up article"
    said.new("id").value = "E99"
    said.new("publisher").value = "Nobody"
    assert said.new("id").value == "E99"
    said.new("id").value = ""
    said.new("date").value = "2021"
    assert said.new("id").value == "nobody-2021"


def test_a_proposed_id_is_that_of_no_other_source():
    said = Said(source("nobody"), source("nobody-2"))
    said.new("publisher").value = "Nobody"
    assert said.new("id").value == "nobody-3"


@pytest.mark.parametrize("id_", ["", "S1"])
def test_a_source_without_an_id_of_its_own_is_not_added(said, id_):
    said.new("title").value = "A made-up article"
    said.new("id").value = id_
    said.picker._add.click()
    assert said.added == []
    [fault] = inside(said.picker._new["id"].widget, widgets.HTML)
    assert fault.value == "give it an id that no other source has"


def test_a_source_without_a_title_is_told_by_its_address():
    assert described("S3", source("S3", None, url="https://example.org/")) == "S3 · https://example.org/"
