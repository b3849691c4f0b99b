import re

import folium
import pytest
import xyzservices

import geo
from geo.errors import GeoError
from geo.outputs.map.offered_tiles import TILES, OfferedTiles


def pictures_allowed(made):
    """Return the sources of pictures in the policy of a map."""
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', made.get_root().render())
    return re.search("img-src ([^;]*)", policy)[1].split()


def offered(made):
    return [one.tile_name for one in made._children.values() if isinstance(one, folium.TileLayer)]


def test_the_policy_names_the_hosts_of_the_offered_tiles_and_no_other(shipped):
    assert pictures_allowed(geo.Map(build=shipped, layers=["m4"])) == [
        "data:",
        "https://a.tile.opentopomap.org",
        "https://server.arcgisonline.com",
        "https://tile.openstreetmap.org",
    ]
    one = geo.Map(build=shipped, layers=["m4"], tiles="Esri.WorldImagery")
    assert pictures_allowed(one) == ["data:", "https://server.arcgisonline.com"]


@pytest.mark.parametrize("tiles", [None, []])
def test_without_tiles_the_page_has_no_chooser_and_names_no_host(shipped, tiles):
    made = geo.Map(build=shipped, layers=["m4"], tiles=tiles)
    assert pictures_allowed(made) == ["data:"]
    document = made.get_root().render()
    assert "M4.showTilesChooser(map_reference)" not in document
    assert not re.search("arcgisonline|opentopomap|tile.openstreetmap", document)


def test_names_are_given_as_for_folium_and_each_is_offered_once_in_the_order_given(shipped):
    made = geo.Map(build=shipped, layers=["m4"], tiles=["opentopomap", "OpenStreetMap Mapnik", "OpenTopoMap"])
    assert offered(made) == ["OpenTopoMap", "OpenStreetMap.Mapnik"]
    assert offered(geo.Map(build=shipped, layers=["m4"])) == list(TILES)


@pytest.mark.parametrize(
    ("tiles", "reason"),
    [
        ("Nowhere.Streets", "'Nowhere.Streets' are not known to xyzservices"),
        ("https://{s}.example.org/{z}/{x}/{y}.png", "not known to xyzservices"),
        (["OpenTopoMap", "Thunderforest.Outdoors"], "Thunderforest.Outdoors need a key"),
        ([7], "not 7"),
    ],
)
def test_a_background_that_is_unknown_or_needs_a_key_is_refused_in_one_sentence(shipped, tiles, reason):
    with pytest.raises(GeoError, match=reason):
        geo.Map(build=shipped, layers=["m4"], tiles=tiles)


def test_an_attribution_keeps_its_text_and_its_links_to_web_pages_and_nothing_else(monkeypatch):
    hostile = xyzservices.TileProvider(
        name="Hostile",
        url="https://tiles.example.org/{z}/{x}/{y}.png",
        attribution="",
        html_attribution=(
            '&copy; <a href="https://example.org/" onclick="hit()">A &lt;b&gt;</a> <img src=x onerror=hit()>'
            '<a href="javascript:hit()">B</a> <script>hit()</script> {{ 7 * 7 }} &lt;img src=x&gt;'
        ),
    )
    monkeypatch.setitem(xyzservices.providers, "Hostile", hostile)
    assert OfferedTiles("Hostile").options["attribution"] == (
        '© <a href="https://example.org/" target="_blank" rel="noopener">A &lt;b&gt;</a> '
        "B hit() {{ 7 * 7 }} &lt;img src=x&gt;"
    )
