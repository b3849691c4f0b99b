"""One KML 2.2 document with time spans, for globes: every feature a placemark, described in plain text.

Points have no picture of their own: that would need an address to fetch it from. They get the default marker of the
program that opens the file, in the colour of their class.
"""

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, ElementTree, ParseError, SubElement, fromstring

from shapely.geometry.base import BaseGeometry

from geo.inputs.catalog import Symbol
from geo.outputs.context import Build
from geo.outputs.open_formats.drawing import channels, ink_of
from geo.outputs.open_formats.plain_text import Describer
from geo.outputs.open_formats.tables import Table, tables_of
from geo.outputs.output import BUILD_MARK, Found, Output
from geo.outputs.periods import Period, periods_of
from geo.outputs.texts import LANGUAGES, texts_of

KML = "http://www.opengis.net/kml/2.2"
_SCHEMA = "feature"
_FREE, _SHARED_ALIKE = "other-data", "from-openstreetmap"
# A globe reads a description as HTML even if it is plain: a blank after the sign keeps text from opening a tag.
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
# How much of a hatched area its stripes cover; a globe has no hatch.
_HATCHED_SHARE = 0.4
_MARKER_SCALE, _LABEL_SCALE = 0.7, 0.7


def kml(build: Build) -> Output:
    """Return ``<name of the map>.kml``: a folder for each layer with places, those from OpenStreetMap in one of theirs.

    A feature is one placemark, or one for each period of its status; coordinates are lon, lat in degrees (WGS 84).
    One whose place is unknown is a placemark without geometry. Layers that are drawn from near only, that would cover
    the ground or that are not drawn on the map are there, and off at first.

    The build id stands in the extended data of the document.
    """
    layers = build.layers
    tables = [table for table in tables_of(layers, build.derived) if table.is_spatial]
    describer = Describer(layers)
    root = Element("kml", xmlns=KML)
    document = SubElement(root, "Document", id=layers.agreement.map.name)
    texts = texts_of(layers, LANGUAGES[0])
    _add(document, "name", texts["page.title"])
    _add(document, "open", "1")
    _add(document, "description", _document_text(texts, tables))
    for table in tables:
        _add_styles(document, table)
    _add_data(document, {BUILD_MARK: build.build_id})
    schema = SubElement(document, "Schema", name=_SCHEMA, id=_SCHEMA)
    SubElement(schema, "SimpleField", type="string", name="id")
    SubElement(schema, "SimpleField", type="string", name="layer")
    groups = {
        _SHARED_ALIKE: ("From OpenStreetMap, in whole or in part (ODbL 1.0)", True),
        _FREE: ("Other data", False),
    }
    for id_, (title, is_shared_alike) in groups.items():
        own = [table for table in tables if table.is_from_openstreetmap is is_shared_alike]
        if own:
            _add_group(document, id_, title, own, describer)
    text = io.BytesIO()
    ElementTree(root).write(text, encoding="utf-8", xml_declaration=True)
    name = f"{layers.agreement.map.name}.kml"
    return Output(name, text.getvalue() + b"\n", {table.name: len(table.rows) for table in tables})


def found_in_kml(_stem: str, content: bytes) -> Found:
    """Return what a KML document holds, features counted once however many placemarks they have.

    Raises
    ------
    ValueError
        If it is none.
    """
    try:
        root = fromstring(content)  # noqa: S314 - a file of a build, and expat resists what XML can do
    except ParseError as error:
        raise ValueError(str(error)) from error
    at = {"k": KML}
    builds = {data.findtext("k:value", "", at) for data in root.findall(f".//k:Data[@name='{BUILD_MARK}']", at)}
    if len(builds) != 1:
        raise ValueError("a document without its build id")
    ids: dict[str, set[str]] = {folder.attrib["id"]: set() for folder in root.findall(".//k:Folder[@id]", at)}
    for group in (_FREE, _SHARED_ALIKE):
        ids.pop(group, None)
    for placemark in root.iterfind(".//k:Placemark", at):
        own = {field.attrib["name"]: field.text or "" for field in placemark.iterfind(".//k:SimpleData", at)}
        ids[own["layer"]].add(own["id"])
    return Found(frozenset(builds), {layer: len(found) for layer, found in ids.items()})


def _document_text(texts: Mapping[str, str], tables: Sequence[Table]) -> str:
    licences = [f"{table.spec.title}: {table.credit}" for table in tables]
    own = [texts[key] for key in ("about.shows_text", "about.limits_text", "page.remark") if key in texts]
    return _plain("\n\n".join([*own, "\n".join(["Licences, layer by layer:", *licences])]))


def _add_group(document: Element, id_: str, title: str, tables: Sequence[Table], describer: Describer) -> None:
    group = SubElement(document, "Folder", id=id_)
    _add(group, "name", title)
    _add(group, "open", "1")
    for table in tables:
        folder = SubElement(group, "Folder", id=table.name)
        visibility = "1" if _is_shown(table) else "0"
        _add(folder, "name", table.spec.title)
        _add(folder, "visibility", visibility)
        _add(folder, "description", _plain(f"{table.spec.title}. {table.credit}."))
        for number, row in enumerate(table.rows):
            for part, period in enumerate(
                periods_of(row, table.histories.get(row["id"], ()) if table.has_status else None)
            ):
                folder.append(_placemark(table, number, part, period, visibility, describer))


def _is_shown(table: Table) -> bool:
    style = table.spec.style
    if style is None or style.from_zoom is not None or not style.shown:
        return False
    return not any(symbol.fill and symbol.fill_opacity == 1 for symbol in style.symbols.values()) or "Point" in (
        table.geometry_types
    )


def _placemark(table: Table, number: int, part: int, period: Period, visibility: str, describer: Describer) -> Element:
    row, geometry = table.rows[number], table.geometries[number]
    placemark = Element("Placemark", id=f"{table.name}.{row['id']}.{part}")
    _add(placemark, "name", _plain(row["name_en"]))
    _add(placemark, "visibility", visibility)
    SubElement(placemark, "Snippet", maxLines="0")
    _add(placemark, "description", _plain(describer.describe(table, row, period)))
    if period.begin or period.end:
        span = SubElement(placemark, "TimeSpan")
        for name, moment in (("begin", period.begin), ("end", period.end)):
            if moment:
                _add(span, name, moment)
    class_ = _class_of(table, row, period)
    if class_ is not None:
        _add(placemark, "styleUrl", f"#{_style_id(table, class_)}")
    data = SubElement(SubElement(placemark, "ExtendedData"), "SchemaData", schemaUrl=f"#{_SCHEMA}")
    for name, value in (("id", row["id"]), ("layer", table.name)):
        SubElement(data, "SimpleData", name=name).text = value
    if geometry is not None:
        placemark.append(_geometry(geometry))
    return placemark


def _class_of(table: Table, row: Mapping[str, Any], period: Period) -> str | None:
    style = table.spec.style
    if style is None:
        return None
    class_ = period.status if table.has_status else str(row.get(style.by)) if style.by else ""
    return class_ if class_ in style.symbols else _UNSEEN


# The class of what the map does not draw, such as the whole corridor beside its halves.
_UNSEEN = "unseen"


def _style_id(table: Table, class_: str) -> str:
    return f"{table.name}.{class_}" if class_ else f"{table.name}.all"


def _add_styles(document: Element, table: Table) -> None:
    if table.spec.style is None:
        return
    for class_, symbol in {**table.spec.style.symbols, _UNSEEN: Symbol("")}.items():
        style = SubElement(document, "Style", id=_style_id(table, class_))
        icon = SubElement(style, "IconStyle")
        _add(icon, "color", _colour(ink_of(symbol), 1.0))
        _add(icon, "scale", f"{_MARKER_SCALE:g}")
        _add(SubElement(style, "LabelStyle"), "scale", f"{_LABEL_SCALE:g}")
        line = SubElement(style, "LineStyle")
        _add(line, "color", _colour(symbol.stroke, 1.0))
        _add(line, "width", f"{symbol.weight:g}")
        area = SubElement(style, "PolyStyle")
        _add(area, "color", _colour(symbol.fill, symbol.fill_opacity * (_HATCHED_SHARE if symbol.hatch else 1.0)))
        _add(area, "fill", str(int(bool(symbol.fill))))
        _add(area, "outline", str(int(bool(symbol.stroke))))


def _colour(colour: str, opacity: float) -> str:
    """Return a colour as KML writes it, ``aabbggrr``; none at all is fully clear."""
    if not colour:
        return "00000000"
    red, green, blue = channels(colour)
    return f"{round(255 * opacity):02x}{blue:02x}{green:02x}{red:02x}"


def _geometry(geometry: BaseGeometry) -> Element:
    return _GEOMETRIES.get(geometry.geom_type, _several)(geometry)


def _point(geometry: Any) -> Element:
    found = Element("Point")
    _add(found, "coordinates", _coordinates(geometry.coords))
    return found


def _line(geometry: Any) -> Element:
    found = Element("LineString")
    _add(found, "tessellate", "1")  # it follows the ground
    _add(found, "coordinates", _coordinates(geometry.coords))
    return found


def _area(geometry: Any) -> Element:
    found = Element("Polygon")
    _add(found, "tessellate", "1")
    rings = [("outerBoundaryIs", geometry.exterior), *(("innerBoundaryIs", ring) for ring in geometry.interiors)]
    for name, ring in rings:
        own = SubElement(SubElement(found, name), "LinearRing")
        _add(own, "coordinates", _coordinates(ring.coords))
    return found


def _several(geometry: Any) -> Element:
    found = Element("MultiGeometry")
    found.extend(_geometry(part) for part in geometry.geoms)
    return found


_GEOMETRIES = {"Point": _point, "LineString": _line, "Polygon": _area}


def _coordinates(positions: Sequence[tuple[float, ...]]) -> str:
    return " ".join(f"{lon},{lat}" for lon, lat in positions)


def _add_data(parent: Element, values: Mapping[str, str]) -> None:
    extended = SubElement(parent, "ExtendedData")
    for name, value in values.items():
        _add(SubElement(extended, "Data", name=name), "value", value)


def _plain(text: str) -> str:
    return _TAG.sub("< ", text)


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
