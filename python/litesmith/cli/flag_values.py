"""Values of TensorFlow's flags."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from litesmith.dtypes import DType

__all__ = ["boolean", "comma_list", "element_type", "numbers", "shapes"]


def boolean(text: str) -> bool:
    """``true`` or ``false`` in any case."""
    if text.lower() not in {"true", "false"}:
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def comma_list(text: str) -> list[str]:
    """Names with commas between; empty text has none."""
    return [part.strip() for part in text.split(",") if part.strip()]


def numbers(text: str) -> list[float]:
    """Numbers with commas between."""
    try:
        return [float(part) for part in comma_list(text)]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} must be numbers with commas, such as 128,0.5") from None


def shapes(text: str) -> list[list[int | None]]:
    """Shapes with colons between, their dimensions with commas; -1 for unknown ones, nothing for a scalar."""
    try:
        sizes = [[int(size) for size in comma_list(part)] for part in text.split(":")]
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} must be shapes such as 1,28,28,1, several with colons between"
        ) from None
    return [[None if size == -1 else size for size in shape] for shape in sizes]


def element_type(text: str) -> DType:
    """FLOAT, INT8, UINT8 or QUANTIZED_UINT8 in any case."""
    from litesmith import dtypes

    types = {"FLOAT": dtypes.float32, "INT8": dtypes.int8, "UINT8": dtypes.uint8, "QUANTIZED_UINT8": dtypes.uint8}
    if text.upper() not in types:
        raise argparse.ArgumentTypeError(f"Unsupported value {text!r}; there are {', '.join(types)}")
    return types[text.upper()]
