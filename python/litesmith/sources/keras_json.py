"""JSON of Keras models: bounded reading, typed access with errors that name the place, writing without NaN."""

from __future__ import annotations

import json
import math
from typing import Any, TypeVar

from litesmith.errors import ModelLimitError

__all__ = ["MAX_DEPTH", "dump", "is_index", "member", "parse"]

MAX_DEPTH = 256

_T = TypeVar("_T")


def parse(text: str | bytes, what: str) -> dict[str, Any]:
    """Read one JSON object that a model file holds.

    Raises:
        ValueError: not JSON, not an object, or text that is not UTF-8.
        ModelLimitError: nested deeper than MAX_DEPTH.
    """
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ModelLimitError(f"{what} is nested deeper than {MAX_DEPTH} levels") from error
    except ValueError as error:
        raise ValueError(f"{what} is damaged: it is not JSON ({error}); save the model again") from error
    if not isinstance(value, dict):
        raise ValueError(f"{what} should be a JSON object and is a {type(value).__name__}; save the model again")
    _check_depth(value, what)
    return value


def _check_depth(value: Any, what: str) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        containers = [item for item in level if isinstance(item, (dict, list))]
        if not containers:
            return
        level = [child for item in containers for child in (item.values() if isinstance(item, dict) else item)]
    raise ModelLimitError(f"{what} is nested deeper than {MAX_DEPTH} levels")


def member(holder: dict[str, Any], key: str, kind: type[_T], where: str) -> _T:
    """Return ``holder[key]``, which must be a ``kind``."""
    value = holder.get(key)
    if not isinstance(value, kind):
        found = "is missing" if key not in holder else f"is a {type(value).__name__}"
        raise ValueError(f'{where}: "{key}" {found}, expected {kind.__name__}; the model description is damaged')
    return value


def is_index(value: Any) -> bool:
    """Tell whether a value is an integer >= 0 and no bool."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"}
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


def dump(value: dict[str, Any]) -> str:
    """Write JSON that any reader takes: non-finite numbers as ``{"float": "inf"}``, text that UTF-8 can hold."""
    text = json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        bad = text[max(0, error.start - 20) : error.end + 20].encode("ascii", "backslashreplace").decode()
        raise ValueError(
            f"the model description holds text that is no Unicode, near {bad}; rename that layer"
        ) from error
    return text
