import base64
import hashlib
import json

import pytest

from geo.outputs.document import asset, compact_json, fill, json_for_html, policy


def test_a_text_that_looks_like_a_slot_opens_none():
    assert fill("<a>@@one@@</a>@@two@@", {"one": "@@two@@", "two": "2"}) == "<a>@@two@@</a>2"


def test_a_slot_without_a_text_is_an_error():
    with pytest.raises(KeyError, match="missing"):
        fill("@@missing@@", {})


def test_json_in_a_document_cannot_end_its_element_and_reads_the_same():
    value = {"name": "</script><!-- & \u2028\u2029", "ar": "سراقب"}
    text = json_for_html(value)
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == value
    assert compact_json([1, 2]) == "[1,2]"


def test_the_policy_names_each_script_and_style_by_its_hash_and_lets_nothing_be_fetched():
    digest = base64.b64encode(hashlib.sha256(b"let a;").digest()).decode()
    rules = dict(rule.split(" ", 1) for rule in policy(["let a;"], ["b {}"]).split("; "))
    assert rules["script-src"] == f"'sha256-{digest}'"
    assert (rules["default-src"], rules["connect-src"]) == ("'none'", "'none'")
    assert "unsafe" not in rules["style-src"]


def test_assets_are_found_by_their_path():
    assert asset("page.html").startswith("<!DOCTYPE html>")
