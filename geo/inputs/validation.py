"""Hold values against their model and tell each fault in one line."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from geo.errors import Problem

M = TypeVar("M", bound=BaseModel)
_LONGEST_QUOTE = 60


def validated(model: type[M], values: Any, file: str, where: str, problems: list[Problem]) -> M | None:
    """Return the values as the model has them, or None after adding every fault to `problems`.

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
        return model.model_validate(values)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            rule = ".".join(str(part) for part in fault["loc"]) or "row"
            if fault["type"] == "extra_forbidden":
                found, repair = "unknown key", f"remove it; known are {', '.join(model.model_fields)}"
            elif fault["type"] == "missing":
                found, repair = "missing", "give it a value"
            else:
                found, repair = quoted(fault["input"]), fault["msg"].removeprefix("Value error, ")
            problems.append(Problem(file, where, rule, found, repair))
        return None


def quoted(value: Any) -> str:
    """Return a value as it may stand in a message: escaped, and not too long."""
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 3]}..."
