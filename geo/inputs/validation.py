"""Hold values against their model and tell each fault in one line."""

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from geo.errors import Problem

M = TypeVar("M", bound=BaseModel)
_LONGEST_QUOTE = 60


def validated_json(model: type[M], values: Any, file: str, where: str, problems: list[Problem]) -> M | None:
    """Return values that come from JSON as the model has them, or None after adding every fault to `problems`.

    Nothing is converted: ``"3"`` is no number, ``3.0`` no whole one.

    Parameters
    ----------
    model : type
        A closed pydantic model.
    values : object
        What the file holds.
    file, where : str
        What each problem names.
    problems : list of Problem
        Grows by one for each fault.
    """
    try:
        text = json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        found = quoted(error.object[max(0, error.start - 10) : error.end + 10])
        problems.append(Problem(file, where, "text", f"half a character in {found}", "write the whole character"))
        return None
    try:
        return model.model_validate_json(text, strict=True)
    except ValidationError as error:
        problems.extend(_problem(fault, model, file, where) for fault in error.errors(include_url=False))
        return None


def validated_text(model: type[M], cells: Any, file: str, where: str, problems: list[Problem]) -> M | None:
    """Return cells of text as the model has them, or None after adding every fault; parameters as `validated_json`."""
    try:
        return model.model_validate(cells)
    except ValidationError as error:
        problems.extend(_problem(fault, model, file, where) for fault in error.errors(include_url=False))
        return None


def quoted(value: Any) -> str:
    """Return a value as it may stand in a message: escaped, and not too long."""
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 3]}..."


def _problem(fault: ErrorDetails, model: type[BaseModel], file: str, where: str) -> Problem:
    rule = ".".join(str(part) for part in fault["loc"]) or "row"
    if fault["type"] == "extra_forbidden":
        return Problem(file, where, rule, "unknown key", f"remove it; known are {', '.join(model.model_fields)}")
    if fault["type"] == "missing":
        return Problem(file, where, rule, "missing", "give it a value")
    repair = fault["msg"].removeprefix("Value error, ")
    found = "the whole row" if not fault["loc"] else quoted(fault["input"])
    return Problem(file, where, rule, found, repair)
