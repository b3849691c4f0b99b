from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from geo.outputs.map.safety import folium_html


@given(st.text(alphabet=st.one_of(st.sampled_from("{}%#`$\\<>&\"'/;x"), st.characters(exclude_categories=["Cs"]))))
def test_html_for_folium_is_the_text_and_holds_nothing_that_starts_code(text):
    html = folium_html(text)
    assert unescape(html) == text
    assert not set("{}%`$\\<>\"'") & set(html)
