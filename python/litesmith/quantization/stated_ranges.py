"""Integers by stated ranges: inference_type, quantized_input_stats and default_ranges_stats of tf.compat.v1.lite."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from litesmith import dtypes
from litesmith.quantization.policy import StatedRanges

if TYPE_CHECKING:
    from collections.abc import Mapping

    from litesmith.converter.attributes import ConverterAttributes

__all__ = ["StatedIntegers", "stated_integers"]

_TYPES = ("int8", "uint8")


@dataclass(frozen=True)
class StatedIntegers:
    """What V1 attributes ask for.

    Attributes:
        dtype: ``int8``, or ``uint8`` for unsigned activations and filters.
        ranges: of inputs and of tensors without a range.
    """

    dtype: str
    ranges: StatedRanges


def stated_integers(converter: ConverterAttributes) -> StatedIntegers | None:
    """None where the attributes ask for no integers, or belong to a class that has no such attributes.

    Raises:
        TypeError: statistics or ranges of the wrong kind.
        ValueError: statistics are missing, or are no finite numbers with a deviation above 0.
    """
    if not hasattr(converter, "quantized_input_stats"):
        return None
    given = (getattr(converter, "inference_type", None), converter.inference_input_type)
    names = [None if value is None else dtypes.as_dtype(value).name for value in given]
    wanted = next((name for name in names if name in _TYPES), None)
    if wanted is None:
        return None
    statistics = converter.quantized_input_stats
    if not statistics:
        shown = ["None" if name is None else f"tf.{name}" for name in names]
        raise ValueError(
            "The `quantized_input_stats` flag must be defined when either `inference_type` flag or "
            "`inference_input_type` flag is set to tf.int8 or tf.uint8. Currently, "
            f"`inference_type={shown[0]}` and `inference_input_type={shown[1]}`. For a model that was trained in "
            "float32 use optimizations=[Optimize.DEFAULT] with a representative_dataset instead."
        )
    return StatedIntegers(
        wanted, StatedRanges(_statistics(statistics), _range(getattr(converter, "default_ranges_stats", None)))
    )


def _pair(value: Any, what: str, form: str) -> tuple[float, float]:
    try:
        first, second = (float(number) for number in value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{what} is {value!r} but must be {form}") from error
    if not (math.isfinite(first) and math.isfinite(second)):
        raise ValueError(f"{what} is {value!r}; both numbers must be finite")
    return first, second


def _statistics(given: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    if not hasattr(given, "items"):
        raise TypeError(f"quantized_input_stats is {given!r} but must be {{input name: (mean, standard deviation)}}")
    pairs = {}
    for name, value in given.items():
        what = f"quantized_input_stats[{name!r}]"
        pairs[str(name)] = _pair(value, what, "(mean, standard deviation)")
        if pairs[str(name)][1] <= 0:
            raise ValueError(
                f"{what} is {value!r}: the deviation must be above 0, since real = (integer - mean) / deviation"
            )
    return pairs


def _range(given: Any) -> tuple[float, float] | None:
    if given is None:
        return None
    least, greatest = _pair(given, "default_ranges_stats", "(min, max)")
    if least >= greatest:
        raise ValueError(f"default_ranges_stats is {given!r}: the minimum must be below the maximum")
    return least, greatest
