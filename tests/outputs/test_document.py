import json

import pytest

from geo.outputs.document import fill, json_for_html


def test_a_text_that_looks_like_a_slot_opens_none_and_a_slot_without_a_text_is_an_error():
    assert fill("<a>@@one@@</a>@@two@@", {"one": "@@two@@", "two": "2"}) == "<a>@@two@@</a>2"
    with pytest.raises(KeyError, match="missing"):
        fill("@@missing@@", {})


def test_json_in_a_document_cannot_end_its_element_and_reads_the_same():
    value = {"name": "</script><!-- & \u2028\u2029", "ar": "سراقب"}
    text = json_for_html(value)
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == value
