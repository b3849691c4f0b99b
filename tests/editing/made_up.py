"""Invented values for edits, and what the drawing tool of the map sends from the browser."""

from geo.inputs.schema import Source

ELSEWHERE = {"type": "Point", "coordinates": [36.71, 35.38]}
# Texts that a page, a formula or a template would execute.
NASTY = ("<img src=x onerror=alert(1)>", "$x^2$ and $$y$$", "{{7*7}} {% raw %}", "</script><b>&amp;", "a & b < c")

STYLE = {
    "stroke": True, "color": "#3388ff", "weight": 3, "opacity": 1, "lineCap": "round", "lineJoin": "round",
    "dashArray": None, "dashOffset": None, "fill": True, "fillColor": "#3388ff", "fillOpacity": 0.2,
    "fillRule": "evenodd", "interactive": True, "bubblingMouseEvents": True, "pane": "overlayPane", "radius": 10,
    "className": "", "draggable": True, "pmIgnore": False, "snapIgnore": False,
}  # fmt: skip


def feature(kind, coordinates, key=None):
    """Return a feature as the tool sends it: a new one has no key, one that was picked has the key it was given."""
    tool = {"Point": "circlemarker", "LineString": "polyline", "Polygon": "polygon"}[kind]
    return {
        "type": "Feature",
        "properties": {"type": tool, "style": dict(STYLE), **({} if key is None else {"key": key})},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def source(id_="new-1", title="A made-up article", **values):
    """Return the row of a new source, every column of it."""
    return dict.fromkeys(Source.model_fields) | {"id": id_, "title": title, "publisher": "Nobody", **values}


def inside(widget, kind):
    """Return the widgets of one kind in a widget, in order."""
    found = [widget] if isinstance(widget, kind) else []
    for child in getattr(widget, "children", ()):
        found += inside(child, kind)
    return found
