"""Validate values against their model, and report each error on one line."""

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from geo.errors import Problem
from geo.inputs.files import too_deep

M = TypeVar("M", bound=BaseModel)
_LONGEST_QUOTE = 60


def validated_json(model: type[M], values: Any, file: str, where: str, problems: list[Problem]) -> M | None:
    """Validate values from JSON; return the record, or None after adding every error to `problems`.

    Nothing is converted (``"3"`` is not a number, ``3.0`` not an integer), and all keys are required, so that lost
    columns are noticed.

    Parameters
    ----------
    model : type
        A closed pydantic model.
    values : object
        Values from the file.
    file, where : str
        File and place for each problem.
    problems : list of Problem
        Each error is appended.
    """
    lost = [name for name in model.model_fields if isinstance(values, dict) and name not in values]
    problems.extend(Problem(file, where, name, "missing", "write null where it is unknown") for name in lost)
    try:
        whole = {**values, **dict.fromkeys(lost)} if lost else values
        text = _JSON.encode(whole).encode()
    except UnicodeEncodeError as error:
        found = quoted(error.object[max(0, error.start - 10) : error.end + 10])
        problems.append(Problem(file, where, "text", f"half a character in {found}", "write the whole character"))
        return None
    except RecursionError:
        deep = too_deep("row")
        problems.append(Problem(file, where, deep.rule, deep.found, deep.repair))
        return None
    try:
        record = model.model_validate_json(text, strict=True)
    except ValidationError as error:
        faults = [
            fault for fault in error.errors(include_url=False) if fault["loc"][:1] not in {(name,) for name in lost}
        ]
        problems.extend(_problem(fault, model, file, where) for fault in faults)
        return None
    return None if lost else record


def validated_text(model: type[M], cells: Any, file: str, where: str, problems: list[Problem]) -> M | None:
    """Validate cells of text; parameters and result are those of `validated_json`."""
    try:
        return model.model_validate(cells)
    except ValidationError as error:
        problems.extend(_problem(fault, model, file, where) for fault in error.errors(include_url=False))
        return None


def quoted(value: Any) -> str:
    """Return a value for a message: escaped and shortened."""
    try:
        text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    except RecursionError:
        text = f"a {type(value).__name__} nested too deeply"
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 3]}..."


def _foreign(value: object) -> dict[str, str]:
    """Replace a value that JSON cannot represent, so that its column is refused by name."""
    return {type(value).__name__: str(value)}


# Made once: json.dumps makes a new encoder for each row.
_JSON = json.JSONEncoder(ensure_ascii=False, default=_foreign)


def _problem(fault: ErrorDetails, model: type[BaseModel], file: str, where: str) -> Problem:
    rule = ".".join(str(part) for part in fault["loc"]) or "row"
    if fault["type"] == "extra_forbidden":
        return Problem(file, where, rule, "unknown key", f"remove it; known are {', '.join(model.model_fields)}")
    if fault["type"] == "missing":
        return Problem(file, where, rule, "missing", "give it a value")
    if fault["input"] is None and fault["loc"]:
        return Problem(file, where, rule, "empty", f"it may not be unknown{_example(model, fault)}")
    if fault["type"] == "too_short" and not fault["input"]:
        return Problem(file, where, rule, "empty", f"name at least one{_example(model, fault)}")
    repair = fault["msg"].removeprefix("Value error, ")
    found = "the whole row" if not fault["loc"] else quoted(fault["input"])
    return Problem(file, where, rule, found, repair)


def _example(model: type[BaseModel], fault: ErrorDetails) -> str:
    column = model.model_fields.get(str(fault["loc"][0]))
    return f"; for example {quoted(column.examples[0])}" if column and column.examples else ""
