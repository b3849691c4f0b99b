"""`geo.Map`: the map as a `folium.Map`, the same object in a notebook and in the published page."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import folium
from branca.element import CssLink, Element, JavascriptLink
from folium.utilities import JsCode

from geo.errors import GeoError
from geo.inputs.catalog import GROUND
from geo.inputs.dates import day_of
from geo.inputs.files import LAYERS_DIR
from geo.outputs.context import Build
from geo.outputs.document import PALETTE, asset, element, fill, json_for_html
from geo.outputs.exports.dataset import dataset
from geo.outputs.map.catalogue_layer import CatalogueLayer
from geo.outputs.map.figure import OfflineFigure, OwnScript, Verbatim, elements_of
from geo.outputs.map.offered_tiles import TILES, offered_tiles
from geo.outputs.map.packaged import LINKED, marker_icons
from geo.outputs.map.page_data import page_data
from geo.outputs.map.parts import PARTS, GroundNames, Opening, Panel, Part, Relief
from geo.outputs.relief import has_relief
from geo.outputs.texts import LANGUAGES, RIGHT_TO_LEFT

# One topic per file, in order; they are joined into one script.
SCRIPTS = (
    "address.js",
    "data.js",
    "languages.js",
    "dates.js",
    "state.js",
    "lead.js",
    "features.js",
    "symbols.js",
    "lines.js",
    "uncertainty.js",
    "layers.js",
    "selection.js",
    "boxes.js",
    "labels.js",
    "ground.js",
    "ellipsoid.js",
    "coordinates.js",
    "details.js",
    "tools.js",
    "map_buttons.js",
    "fullscreen.js",
    "ruler.js",
    "position.js",
    "scale.js",
    "compare.js",
    "downloads.js",
    "leaflet_licence.js",
    "about.js",
    "print.js",
    "picture.js",
    "share.js",
    "read_position.js",
    "search.js",
    "table.js",
    "claims.js",
    "facts.js",
    "tiles.js",
    "panel.js",
    "date_control.js",
    "chapters.js",
    "diagram.js",
    "link.js",
    "embed.js",
    "open.js",
)
STYLES = (
    "page.css",
    "labels.css",
    "tools.css",
    "map_tools.css",
    "compare.css",
    "languages.css",
    "search.css",
    "table.css",
    "claims.css",
    "date_control.css",
    "chapters.css",
    "diagram.css",
    "tiles.css",
    "about.css",
    "share.css",
    "touch.css",
    "print.css",
)
# Only for a page with incidents.
INCIDENTS_SCRIPT, INCIDENTS_STYLE = "incidents.js", "incidents.css"
# Parts of the head that folium writes for a map that fills the page; this page has its own layout.
_FOLIUM_HEAD = ("global_switches", "css_style", "map_style")
# Files that `folium.Icon` needs in addition to Leaflet.
_ICON_LINKS = ("awesome_markers", "awesome_markers_font_css", "awesome_markers_css", "glyphicons_css")
_MIN_ZOOM, _MAX_ZOOM, _ZOOM_STEP = 7, 16, 0.5


class MapFigure(OfflineFigure):
    """The document of the map: head, map, panel, details, date control, credits."""

    frame = asset("page.html")

    def complete(self) -> None:
        """Add the links of the map and its page, which depend on everything else."""
        for child in self._children.values():
            if isinstance(child, Map):
                child.complete(self)

    def _repr_html_(self, **kwargs: Any) -> str:
        """Return the document in a frame without access to the notebook or its server."""
        page = escape(self.render(**kwargs))
        slots = {"page": page, "title": self.slots["title"], "width": self.width, "height": str(self.height)}
        return fill(asset("notebook.html"), slots)


class Map(folium.Map):
    """The Idlib de-escalation zone and the M4 security corridor as a `folium.Map`.

    In a notebook it is displayed in the cell, and `save` writes one HTML file that works offline. Elements that are
    added, as to any folium map, are drawn above its layers; layers that folium's layer control would list are in its
    panel.

    Parameters
    ----------
    as_of : date or str, optional
        The day on which it opens; by default, the opening day of the agreement.
    layers : collection of str, optional
        Names of the layers to draw, from the folder's catalogue; by default, all that have a style.
    language : str, optional
        One of ``en``, ``fr``, ``ar``, ``tr``; by default, the preferred language of the reader's browser.
    parts : collection of str, optional
        Parts to show around the map, from `geo.outputs.map.parts.PARTS`; by default, all.
    tiles : str, sequence of str or None
        Names in xyzservices of backgrounds that a reader can turn on, in the order of the list that offers them;
        nothing is requested before. By default a street map, satellite images and a topographic map. With None, the
        page offers no background, and its policy allows no host.
    incidents : Path or str, optional
        A table of your own incidents to show as well.
    height : str
        Height in a notebook.
    folder : Path or str
        The folder of layers.
    build : Build, optional
        A build to show; `folder`, `as_of` and `incidents` are then ignored.

    Raises
    ------
    DataError
        If the layers cannot be read.
    DayError
        If the map does not cover the day.
    GeoError
        If the name of a layer, language, part or background is unknown, or a background needs a key.

    Examples
    --------
    >>> import folium, geo
    >>> m = geo.Map(as_of="2020-07-22")
    >>> sites = folium.FeatureGroup(name="My sites").add_to(m)
    >>> folium.Marker([35.864, 36.806], tooltip="Saraqib").add_to(sites)
    >>> m.save("mine.html")
    """

    # Only Leaflet; the files for popups and icons are added if there are any.
    default_js = [(name, url) for name, url in folium.Map.default_js if name == "leaflet"]  # noqa: RUF012
    default_css = [(name, url) for name, url in folium.Map.default_css if name == "leaflet_css"]  # noqa: RUF012

    def __init__(
        self,
        as_of: date | str | None = None,
        *,
        layers: Collection[str] | None = None,
        language: str | None = None,
        parts: Collection[str] | None = None,
        tiles: str | Sequence[str] | None = TILES,
        incidents: Path | str | None = None,
        height: str = "720px",
        folder: Path | str = LAYERS_DIR,
        build: Build | None = None,
    ) -> None:
        if as_of is not None and not isinstance(as_of, (date, str)):
            raise GeoError(f"as_of is a date or a text such as '2020-03-06', not {as_of!r}; fit_bounds sets the view")
        if build is None:
            own = None if incidents is None else Path(incidents)
            build = Build.of_folder(Path(folder), as_of=None if as_of is None else day_of(as_of), incidents=own)
        drawn = [spec for spec in build.layers.catalogue if spec.classes]
        names = _known_names("layer", layers, [spec.name for spec in drawn])
        part_names = _known_names("part", parts, PARTS)
        _known_names("language", None if language is None else [language], LANGUAGES)
        super().__init__(tiles=None, zoom_control=False, **_leaflet_options())
        self._id = "reference"
        self.location: Any = None  # the page sets its view after the layout of the parts
        self.options.pop("zoom")
        self.figure = MapFigure(height=height)
        self.figure.add_child(self)
        self.build, self.language = build, language
        for spec in drawn:
            if spec.name in names:
                CatalogueLayer(spec, build).add_to(self)
        if set(names) & set(GROUND):
            if has_relief(build.layers):
                Relief().add_to(self)
            GroundNames().add_to(self)
        for background in offered_tiles(tiles):
            background.add_to(self)
        for name, part in PARTS.items():
            if name in part_names and (name != "incidents" or build.incidents):
                part().add_to(self)
        Opening().add_to(self)

    def layer(self, name: str) -> CatalogueLayer:
        """Return a layer of the map by its name in the catalogue.

        Raises
        ------
        GeoError
            If the map has no layer of this name.
        """
        layers = {one.spec.name: one for one in self._catalogue_layers()}
        _known_names("layer", [name], layers)
        return layers[name]

    def render(self, **kwargs: Any) -> Any:
        """Render everything into the figure: layers, then their lists, the view, and the parts that need it."""
        figure = self.get_root()
        if not isinstance(figure, MapFigure):
            raise GeoError("the map brings its own figure, and cannot be rendered in another one")
        self._children = type(self._children)(sorted(self._children.items(), key=lambda item: _turn(item[1])))
        super().render(**kwargs)

    def complete(self, figure: MapFigure) -> None:
        """Write links, data and page into a figure, after everything else is rendered."""
        for name in _FOLIUM_HEAD:
            figure.header._children.pop(name, None)
        self._link_what_is_needed(figure)
        self._write_page(figure)

    def _link_what_is_needed(self, figure: MapFigure) -> None:
        """Add only those default links of folium that this map needs: jQuery for popups, the scripts of icons."""
        icons = [one for one in elements_of(self) if isinstance(one, folium.Icon)]
        names = [] if all(isinstance(one, folium.CustomIcon) for one in icons) else list(_ICON_LINKS)
        if figure.needs_jquery():
            names.insert(0, "jquery")
        place = list(figure.header._children).index("leaflet_css") + 1
        for number, name in enumerate(names):
            kind = CssLink if name.endswith("css") else JavascriptLink
            figure.header.add_child(kind(LINKED[name]), name=name, index=place + number)

    def _write_page(self, figure: MapFigure) -> None:
        build, data = self.build, page_data(self.build)
        incidents = build.incidents and {"incidents": build.incidents.data}
        icons = {"icons": marker_icons()} if figure.has_additions else {}
        layers = [one.page_data() for one in self._catalogue_layers()]
        figure.blocks["data"] = {**data, "language": self.language, **(incidents or {}), **icons, "layers": layers}
        scripts = [*SCRIPTS, INCIDENTS_SCRIPT] if incidents else SCRIPTS
        styles = [*STYLES, INCIDENTS_STYLE] if incidents else STYLES
        figure.header.add_child(OwnScript("\n".join(asset("page", name) for name in scripts)), name="page_script")
        style = "\n".join([asset(PALETTE), *(asset("page", name) for name in styles)])
        # Replaces folium's own, whose viewport would disable zooming the page.
        figure.header.add_child(Verbatim(element("style", style)), name=self.get_name())
        texts = data["texts"]
        figure.slots = {
            "build": escape(build.build_id),
            "language": LANGUAGES[0],
            "title": escape(texts[LANGUAGES[0]]["page.title"]),
            "description": escape(texts[LANGUAGES[0]]["about.shows_text"]),
            "noscript": _noscript(texts),
            "dataset": json_for_html(dataset(build, self.published)),
        }

    # Names of the files that are published with the page, for its metadata.
    published: Sequence[str] = ()

    def _catalogue_layers(self) -> list[CatalogueLayer]:
        return [one for one in self._children.values() if isinstance(one, CatalogueLayer)]


def _leaflet_options() -> dict[str, Any]:
    may_move = JsCode("!matchMedia('(prefers-reduced-motion: reduce)').matches")
    return {
        "max_bounds_viscosity": 1,
        # In folium these are options of the tiles, so the map gets them by Leaflet's names.
        "minZoom": _MIN_ZOOM,
        "maxZoom": _MAX_ZOOM,
        "zoom_snap": _ZOOM_STEP,
        **dict.fromkeys(("zoom_animation", "fade_animation", "marker_zoom_animation", "inertia"), may_move),
    }


def _turn(element: Element) -> int:
    """Return the rendering order of an element: layers and markers, lists of them, the view, parts that need it."""
    if isinstance(element, Opening):
        return 2
    if isinstance(element, (Part, Panel)):
        return 3 if element.needs_view else 1
    module = type(element).__module__
    if module == "folium.plugins.pattern" or isinstance(element, folium.map.Layer):
        return 0
    return 3 if module.startswith("folium.plugins") or isinstance(element, folium.LayerControl) else 0


def _known_names(kind: str, names: Iterable[str] | None, known: Collection[str]) -> Collection[str]:
    """Return the given names, or all known ones by default; raise if one is unknown."""
    if isinstance(names, str):
        raise GeoError(f"{kind}s are given as a list of names, such as [{names!r}]")
    asked = list(known if names is None else names)
    for name in asked:
        if name not in known:
            raise GeoError(f"{kind} {name!r} is not known; known are {', '.join(known)}")
    return asked


def _noscript(texts: dict[str, dict[str, str]]) -> str:
    """Return the sentence in every language: without a script, none can be selected."""
    directions = {language: "rtl" if language in RIGHT_TO_LEFT else "ltr" for language in texts}
    return "".join(
        f'<p lang="{language}" dir="{directions[language]}">{escape(own["page.noscript"])}</p>'
        for language, own in texts.items()
    )
