"""What the drawing tool of the map sends from the browser: features with a style and a type of its own in each."""

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
