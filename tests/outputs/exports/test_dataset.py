import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from geo.outputs.document import json_for_html
from geo.outputs.exports.dataset import dataset
from geo.outputs.page import render_page
from tests.outputs.conftest import BUILD, DATED, HOSTILE, hostile_layers

LARGEST = 6_500


@pytest.fixture(scope="module")
def found(published):
    names = [output.name for output in published.outputs] + ["index.html", "figures/map_en.png"]
    return dataset(published.build, names)


def test_it_stays_small(found):
    assert len(json_for_html(found).encode()) < LARGEST


def test_it_tells_the_published_files_of_all_layers_and_the_one_that_describes_all_others(found, published):
    told = [one["contentUrl"] for one in found["distribution"]]
    assert set(told) <= {output.name for output in published.outputs}
    assert sorted(told) == sorted([published.path(".gpkg").name, published.path(".kml").name, "datapackage.json"])


def test_without_files_it_promises_none(shipped):
    assert dataset(shipped)["distribution"] == []


def test_days_ground_and_words_are_those_of_the_agreement(found, layers):
    terms = layers.agreement.map
    assert found["name"] == terms.title.en
    assert terms.title.ar in found["alternateName"]
    assert found["temporalCoverage"] == f"{terms.first_day}/{terms.last_day}"
    south, west, north, east = map(float, found["spatialCoverage"]["geo"]["box"].split())
    assert (west, south, east, north) == terms.area_deg
    assert (found["version"], found["dateModified"]) == (BUILD, DATED)


def test_it_credits_openstreetmap_and_names_every_licence(found):
    assert "https://opendatacommons.org/licenses/odbl/1-0/" in found["license"]
    assert "OpenStreetMap contributors" in {one["creditText"] for one in found["isBasedOn"]}


def test_the_sources_of_the_agreement_are_cited_each_once(found, layers):
    assert len(found["citation"]) == len(set(layers.agreement.sources))


class Blocks(HTMLParser):
    """Finds the scripts of a page, with their types."""

    def __init__(self):
        super().__init__()
        self.found, self._type = [], None

    def handle_starttag(self, tag, attrs):
        self._type = dict(attrs).get("type", "") if tag == "script" else None
        if tag == "script":
            self.found.append((self._type, ""))

    def handle_data(self, data):
        if self._type is not None:
            self.found[-1] = (self._type, self.found[-1][1] + data)

    def handle_endtag(self, tag):
        self._type = None


def blocks_of(page):
    parser = Blocks()
    parser.feed(page)
    return parser.found


@pytest.fixture(scope="module")
def build(shipped):
    return replace(shipped, build_id=BUILD, data_as_of=DATED)


def render(build):
    return render_page(build, published=["idlib_m4.gpkg"])


def test_the_page_carries_it_as_data(build):
    [text] = [text for type_, text in blocks_of(render(build)) if type_ == "application/ld+json"]
    assert json.loads(text) == dataset(build, ["idlib_m4.gpkg"])


def test_hostile_text_opens_nothing_and_the_policy_stays_as_strict(build):
    pages = [render(one) for one in (build, replace(build, layers=hostile_layers(build.layers)))]
    plain, spoilt = map(blocks_of, pages)
    assert [type_ for type_, _ in plain] == [type_ for type_, _ in spoilt]
    [text] = [text for type_, text in spoilt if type_ == "application/ld+json"]
    assert json.loads(text)["name"] == HOSTILE
    assert "<" not in text
    policies = [re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1] for page in pages]
    assert policies[0] == policies[1]
    assert "unsafe" not in policies[0]
