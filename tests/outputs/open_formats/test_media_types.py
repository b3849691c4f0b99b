import pytest

from geo.outputs.open_formats.media_types import MEDIA_TYPES, suffix_of


def test_every_file_of_the_open_formats_has_a_media_type(published):
    assert {suffix_of(output.name) for output in published.outputs} == set(MEDIA_TYPES)


@pytest.mark.parametrize("name", ["index.html", "figures/map_en.png", "README"])
def test_what_is_for_eyes_is_no_data(name):
    assert suffix_of(name) not in MEDIA_TYPES
