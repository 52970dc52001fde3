"""Names of arrays as users give them to ``from_frozen_graph`` and its like, and their shapes."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["array_names", "as_names", "input_shapes_by_name", "named_shapes", "shape_of"]


def array_names(values: Iterable[str] | str | None, argument: str) -> tuple[str, ...]:
    """The names, without ``:0``; one name may stand for a list of it.

    Raises:
        ValueError: there is none, or one twice.
        TypeError: something else than names.
    """
    names = [values] if isinstance(values, str) else list(values or ())
    if not names:
        raise ValueError(f"{argument} is empty; name the arrays, for instance {argument}=['input']")
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"{argument} contains {name!r}; it must be a list of names such as 'input' or 'split:1'")
    cleaned = [name.strip().removeprefix("^").removesuffix(":0") for name in names]
    repeated = sorted({name for name in cleaned if cleaned.count(name) > 1})
    if argument == "input_arrays" and repeated:
        raise ValueError(f"{argument} names {', '.join(repeated)} more than once")
    return tuple(cleaned)


def as_names(values: Iterable[str] | str | None) -> tuple[str, ...]:
    """Tags or keys of signatures; one name may stand for a list of it, None and nothing for none."""
    return (values,) if isinstance(values, str) else tuple(values or ())


def shape_of(value: Any, what: str) -> tuple[int, ...] | None:
    """A shape as a user or TensorFlow gives it: -1 for unknown dimensions, None for an unknown rank.

    Raises:
        TypeError: it is no sequence of whole numbers and None.
        ValueError: a dimension below -1.
    """
    if value is None or getattr(value, "rank", 0) is None:
        return None
    try:
        sizes = [getattr(size, "value", size) for size in value]
        shape = tuple(-1 if size is None else int(size) for size in sizes)
    except (TypeError, ValueError):
        raise TypeError(f"the shape of '{what}' is {value!r}; give whole numbers, and None for unknown ones") from None
    if any(size < -1 for size in shape):
        raise ValueError(f"the shape of '{what}' is {list(shape)}; dimensions are at least 0, or None for unknown ones")
    return shape


def named_shapes(shapes: Mapping[str, Any] | Sequence[Any] | None, input_arrays: Sequence[str]) -> Mapping[str, Any]:
    """The shapes by name, of which one alone may stand for that of the only input.

    Raises:
        ValueError: one shape, and not one input.
    """
    if shapes is None or isinstance(shapes, Mapping):
        return shapes or {}
    if len(input_arrays) != 1:
        raise ValueError(
            f"input_shapes is one shape, {list(shapes)}, and there are {len(input_arrays)} inputs; give a dict such as "
            f"{{{input_arrays[0]!r}: {list(shapes)}, ...}}"
        )
    return {input_arrays[0]: shapes}


def input_shapes_by_name(
    shapes: Mapping[str, Any] | Sequence[Any] | None, input_arrays: Sequence[str]
) -> dict[str, tuple[int, ...] | None]:
    """The shape of each input for which there is one.

    Args:
        shapes: shapes by name; where there is one input also its shape alone.
        input_arrays: names of the inputs.

    Raises:
        ValueError: a shape for something that is no input.
        TypeError: something else than shapes.
    """
    by_name = {}
    for name, shape in named_shapes(shapes, input_arrays).items():
        cleaned = name.removesuffix(":0")
        if cleaned not in input_arrays:
            close = difflib.get_close_matches(cleaned, list(input_arrays), n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise ValueError(
                f"Invalid tensor '{name}' found in tensor shapes map. The inputs are {', '.join(input_arrays)}.{hint}"
            )
        by_name[cleaned] = shape_of(shape, cleaned)
    return by_name
