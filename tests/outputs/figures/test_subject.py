from dataclasses import replace

import pytest

from geo.inputs.catalog import CATALOGUE
from geo.outputs.words import Words
from tests.outputs.figures.parts import subject_of


@pytest.fixture(scope="module")
def subject(layers, derived):
    return subject_of(layers, derived)


def names(specs):
    return [spec.name for spec in specs]


def test_a_subject_has_all_layers_with_a_look_in_drawing_order(subject):
    assert names(subject.specs()) == [spec.name for spec in CATALOGUE if spec.style]


def test_layers_that_are_asked_for_come_in_drawing_order_whatever_the_order_asked(subject):
    assert names(subject.specs("places", "m4", "corridor")) == ["corridor", "m4", "places"]


def test_what_has_no_look_or_is_not_in_the_catalogue_is_not_drawn(subject):
    assert subject.specs("sources", "timeline", "hospitals") == []


def test_the_remark_is_that_of_the_folder_and_empty_without_one(subject):
    assert subject.remark == ""
    remarked = Words("en", {**subject.words.texts, "page.remark": "An illustration."}, {})
    assert replace(subject, words=remarked).remark == "An illustration."
