"""Values for edits, all of them invented."""

from geo.inputs.schema import Source

ELSEWHERE = {"type": "Point", "coordinates": [36.71, 35.38]}
# Texts that a page, a formula or a template would obey.
NASTY = ("<img src=x onerror=alert(1)>", "$x^2$ and $$y$$", "{{7*7}} {% raw %}", "</script><b>&amp;", "a & b < c")


def source(id_="new-1", title="A made-up article", **values):
    """Return the row of a new source, every column of it."""
    return dict.fromkeys(Source.model_fields) | {"id": id_, "title": title, **values}
