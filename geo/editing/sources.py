"""The sources of a row: those it cites, a search among all there are, and a form for one that is new."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from geo.editing.draft import slug
from geo.editing.fields import Field, error_line, field_of, full_width, text_line
from geo.inputs.schema import Source

_MOST_FOUND = 50


class SourcePicker:
    """What a row cites, and how to cite more.

    Parameters
    ----------
    sources : callable
        Returns all sources by id, new ones among them.
    on_cite : callable
        Called with the list of ids that the row is to cite.
    on_add : callable
        Called with the values of a new source.
    on_back : callable
        Called with the id of the source that gives the new place.

    Attributes
    ----------
    widget : Widget
        What is shown.
    """

    def __init__(
        self,
        sources: Callable[[], Mapping[str, Mapping[str, Any]]],
        on_cite: Callable[[list[str]], None],
        on_add: Callable[[Mapping[str, Any]], None],
        on_back: Callable[[str], None],
    ) -> None:
        self._sources, self._on_cite, self._on_add, self._on_back = sources, on_cite, on_add, on_back
        self._cited: list[str] = []
        self._proposed: str | None = None
        self._is_showing = False
        self._list = widgets.VBox(layout=full_width())
        self._fault = error_line("")
        self._search = widgets.Text(
            placeholder="Search the sources: id, publisher, title, address",
            layout=full_width(),
            tooltip="Search the sources",
        )
        self._found = widgets.Select(rows=4, layout=full_width(), options=[])
        self._cite = widgets.Button(description="Cite this source", icon="plus")
        self._backing = widgets.Dropdown(
            description="Given by", options=[], style={"description_width": "160px"}, layout=full_width()
        )
        self._new = {column: field_of(Source, column) for column in Source.model_fields}
        self._add = widgets.Button(description="Add it and cite it", button_style="primary")
        adding = widgets.VBox([*(field.widget for field in self._new.values()), self._add])
        accordion = widgets.Accordion([adding], titles=("Add a source",), selected_index=None, layout=full_width())
        self.widget = widgets.VBox(
            [
                text_line("Sources"),
                self._list,
                self._fault,
                self._backing,
                self._search,
                self._found,
                self._cite,
                accordion,
            ],
            layout=full_width(),
        )
        self._search.observe(lambda _: self._find(), "value")
        self._cite.on_click(lambda _: self._cite_found())
        self._add.on_click(lambda _: self._add_new())
        self._backing.observe(lambda change: self._choose_backing(change["new"]), "value")
        for column in ("title", "publisher", "date"):
            self._new[column].observe(lambda _: self._propose())
        self._find()

    def show(self, cited: Sequence[str], *, needs_backing: bool, backing: str | None, fault: str) -> None:
        """Show what a row cites, whether its new place wants a source, and what is wrong."""
        known = self._sources()
        self._is_showing = True
        try:
            if list(cited) != self._cited or len(self._list.children) != len(cited):
                self._cited = list(cited)
                self._list.children = [self._cited_line(id_, known.get(id_, {})) for id_ in cited]
            self._backing.layout.display = "" if needs_backing else "none"
            self._backing.options = [("the new place: choose its source", ""), *((id_, id_) for id_ in cited)]
            self._backing.value = backing if backing in cited else ""
            self._fault.value = escape(fault)
            self._fault.layout.display = "" if fault else "none"
        finally:
            self._is_showing = False

    def _cited_line(self, id_: str, values: Mapping[str, Any]) -> Any:
        remove = widgets.Button(
            icon="times", tooltip=f"Do not cite {id_}", layout=widgets.Layout(width="36px", flex="0 0 auto")
        )
        remove.on_click(lambda _: self._on_cite([other for other in self._cited if other != id_]))
        return widgets.HBox([remove, text_line(described(id_, values))])

    def _find(self) -> None:
        wanted = self._search.value.casefold().split()
        found = [
            (described(id_, values), id_)
            for id_, values in self._sources().items()
            if all(word in _searched(values) for word in wanted)
        ]
        self._found.options = found[:_MOST_FOUND]

    def _cite_found(self) -> None:
        id_ = self._found.value
        if id_ and id_ not in self._cited:
            self._on_cite([*self._cited, id_])

    def _choose_backing(self, id_: str) -> None:
        if id_ and not self._is_showing:
            self._on_back(id_)

    def _propose(self) -> None:
        """Propose an id from who published when, as long as nobody has typed another."""
        values = {column: field.value for column, field in self._new.items()}
        if values["id"] not in (None, self._proposed):
            return
        stem = slug(" ".join(filter(None, (values["publisher"] or values["title"], values["date"]))))[:40].strip("-")
        proposal, number = stem, 1
        while proposal in self._sources():
            number += 1
            proposal = f"{stem}-{number}"
        self._proposed = proposal
        self._new["id"].show(proposal)

    def _add_new(self) -> None:
        values = {column: field.value for column, field in self._new.items()}
        if not values["id"] or values["id"] in self._sources():
            self._new["id"].show_fault("give it an id that no other source has")
            return
        self._new["id"].show_fault("")
        self._on_add(values)
        _clear(self._new)
        self._find()


def described(id_: str, values: Mapping[str, Any]) -> str:
    """Return a source in one line: its id, who published it, when, and its title or address."""
    told = [values.get("publisher"), values.get("date"), values.get("title") or values.get("url")]
    return f"{id_} · {', '.join(str(part) for part in told if part)}"


def _searched(values: Mapping[str, Any]) -> str:
    return " ".join(str(value) for value in values.values() if value).casefold()


def _clear(fields: Mapping[str, Field]) -> None:
    for field in fields.values():
        field.show(None)
