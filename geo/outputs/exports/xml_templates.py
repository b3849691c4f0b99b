"""XML documents from templates, in which values are always text."""

from functools import cache
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from geo.outputs.document import asset


def xml_text(template: str, **values: Any) -> str:
    """Return a document made from a Jinja template; every value is escaped.

    Parameters
    ----------
    template : str
        Name of the file below ``assets/exports``.
    **values : object
        Values and functions that the template uses.
    """
    return _template(template).render(values)


@cache
def _template(name: str) -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(asset("exports", name))
