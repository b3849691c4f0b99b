"""Validate values against their model, and report each error on one line."""

from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from geo.errors import Problem
from geo.inputs.files import is_too_deep, quoted, too_deep
from geo.inputs.lenient import Changes

M = TypeVar("M", bound=BaseModel)
MISSING, UNKNOWN = OF_KEYS = ("missing", "unknown key")
# What to do, where the message of pydantic names only a type.
_REPAIRS = {
    "int_type": "write a whole number in digits, without quotes, decimals or leading zeros",
    "float_type": "write a number in digits, without quotes or needless zeros",
    "string_type": "write a text",
    "tuple_type": "write a list",
    "string_unicode": "write whole characters",
    "model_type": "write a table of keys and values",
}


def validated(
    model: type[M],
    values: Any,
    file: str,
    where: str,
    problems: list[Problem],
    *,
    needs_all_keys: bool = True,
    changes: Changes | None = None,
) -> M | None:
    """Return values as a record, or None after adding every error to `problems`.

    Nothing is converted: ``"3"`` is not a number, and ``3.0`` is not an integer.

    Parameters
    ----------
    model : type
        A closed, strict pydantic model.
    values : object
        Values from the file.
    file, where : str
        File and place for each problem.
    problems : list of Problem
        Each error is appended.
    needs_all_keys : bool
        Whether keys with unknown values are required as well, so that lost columns are noticed.
    changes : Changes, optional
        Read leniently, and count here what was changed.
    """
    if is_too_deep(values):
        problems.append(too_deep("row").problem(file, where))
        return None
    missing = (
        [name for name in model.model_fields if name not in values]
        if needs_all_keys and isinstance(values, dict)
        else []
    )
    problems.extend(Problem(file, where, name, MISSING, "give a value, or null if it is unknown") for name in missing)
    try:
        record = model.model_validate({**values, **dict.fromkeys(missing)} if missing else values, context=changes)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        problems.extend(
            _problem(each, model, file, where)
            for each in errors
            if each["loc"][:1] not in [(name,) for name in missing]
        )
        return None
    return None if missing else record


def _problem(error: ErrorDetails, model: type[BaseModel], file: str, where: str) -> Problem:
    rule = ".".join(str(part) for part in error["loc"]) or "row"
    value, kind = error["input"], error["type"]
    if kind == "extra_forbidden":
        known = ", ".join(_parent(model, error["loc"]).model_fields)
        return Problem(file, where, rule, UNKNOWN, f"remove it; known are {known}")
    if kind == "missing":
        return Problem(file, where, rule, MISSING, "give a value")
    if error["loc"] and (value is None or (kind == "too_short" and not value)):
        return Problem(file, where, rule, "empty", f"give a value{_example(model, error)}")
    repair = _REPAIRS.get(kind) or error["msg"].removeprefix("Value error, ")
    return Problem(file, where, rule, quoted(value) if error["loc"] else "the whole row", repair)


def _parent(model: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel]:
    """Return the model that contains a location: the model itself, or one nested in it."""
    for part in location[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            nested = _models_in(model.model_fields[part].annotation)
            model = nested[0] if nested else model
    return model


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def _example(model: type[BaseModel], error: ErrorDetails) -> str:
    column = model.model_fields.get(str(error["loc"][0]))
    return f", for example {quoted(column.examples[0])}" if column and column.examples else ""
