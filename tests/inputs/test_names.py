"""Names in the shipped layers: one romanisation in each language; a post is named like the place that it is at."""

import re

import pytest

# A post is named like the place at which it stands, with more words where there are several posts.
NUMBERED = re.compile(r"^post-(\d+-)?")
# Letters of the transcription of the French mandate, and of dictionaries: no other name of the map has them.
OTHER_ROMANISATIONS = re.compile("[âêîôûāēīōūḥṣṭḍẓʿʾ`]")


@pytest.mark.parametrize("language", ["en", "fr", "ar", "tr"])
def test_a_post_has_the_name_of_the_place_at_which_it_is(layers, language):
    places = {row.properties.id: getattr(row.properties, f"name_{language}") for row in layers["places"].features}
    compared = 0
    for post in (row.properties for row in layers["observation_posts"].features):
        place, name = places.get(NUMBERED.sub("", post.id)), getattr(post, f"name_{language}")
        if place and name:
            compared += 1
            assert place.lower() in name.lower(), post.id
    assert compared > (5 if language == "tr" else 15)


@pytest.mark.parametrize("layer", ["places", "observation_posts", "localities"])
def test_names_are_in_one_romanisation(layers, layer):
    rows = [row.properties for row in layers[layer].features]
    names = [name for row in rows for name in (row.name_en, row.name_fr) if name]
    assert [name for name in names if OTHER_ROMANISATIONS.search(name)] == []
    assert [name for name in names if re.search(r"(^| )(A[dnrstz]|Ash|E[djlnrsz]|Ech)[ -][A-Z]", name)] == []


def test_numbers_in_arabic_names_have_arabic_digits(layers):
    rows = [row.properties for name in ("places", "observation_posts") for row in layers[name].features]
    assert [row.id for row in rows if re.search("[0-9]", row.name_ar or "")] == []
