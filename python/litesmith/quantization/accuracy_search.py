"""``max_accuracy_drop``: the fewest layers go back to float32 that a model needs to keep its accuracy."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from litesmith.errors import ConverterError
from litesmith.progress import counted
from litesmith.quantization.calibration import thread_count
from litesmith.quantization.policy import QuantizationPolicy
from litesmith.quantization.sample_runs import run_samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from litesmith import _core
    from litesmith.quantization.precision import PrecisionRequest
    from litesmith.quantization.quantized_file import Ranges

__all__ = ["AccuracySearch", "within_accuracy_drop"]

_RANKING_SAMPLES = 100
_SHOWN = 8


@dataclass(frozen=True)
class AccuracySearch:
    """What ``max_accuracy_drop`` came to.

    Attributes:
        float_value: what ``evaluate`` gives for the float model.
        quantized_value: for the model as it was asked for.
        value: for the model that was made.
        target: the least value allowed, ``float_value - max_accuracy_drop``.
        reverted: layers that went back to float32, the most damaged first; none of them is needless.
        evaluations: how often ``evaluate`` was called.
    """

    float_value: float
    quantized_value: float
    value: float
    target: float
    reverted: tuple[str, ...]
    evaluations: int

    def __str__(self) -> str:
        count = f"{len(self.reverted) or 'no'} layer{'' if len(self.reverted) == 1 else 's'} in float32"
        kept = f"{count}: {', '.join(self.reverted)}" if self.reverted else count
        return (
            f"accuracy {self.value:.6g} (float {self.float_value:.6g}, all layers quantized "
            f"{self.quantized_value:.6g}, at least {self.target:.6g}) with {kept}"
        )


class _Search:
    """Models by the layers that are in float32, each evaluated once."""

    def __init__(
        self,
        conversion: _core.Conversion,
        policy: QuantizationPolicy,
        ranges: Ranges,
        evaluate: Callable[[bytes], float],
    ) -> None:
        self._conversion, self._policy, self._ranges, self._evaluate = conversion, policy, ranges, evaluate
        self._steps = counted(itertools.count(), total=None, what="keeping the accuracy", unit="model")
        self.values: dict[frozenset[str], float] = {}
        self.evaluations = 0

    def policy(self, reverted: Iterable[str]) -> QuantizationPolicy:
        return self._policy.with_layers({**self._policy.layers, **dict.fromkeys(reverted, "float32")})

    def evaluate(self, policy: QuantizationPolicy) -> float:
        next(self._steps)
        self._conversion.quantize(policy, {} if policy.is_float else self._ranges)
        value = float(self._evaluate(self._conversion.write(keep=True)))
        if not math.isfinite(value):
            raise ValueError(f"evaluate returned {value}; it must return a finite number, greater for better models")
        self.evaluations += 1
        return value

    def value(self, reverted: Iterable[str]) -> float:
        key = frozenset(reverted)
        if key not in self.values:
            self.values[key] = self.evaluate(self.policy(key))
        return self.values[key]

    def close(self) -> None:
        """End the display."""
        close: Any = getattr(self._steps, "close", None)
        if close is not None:
            close()


def within_accuracy_drop(
    conversion: _core.Conversion,
    policy: QuantizationPolicy,
    ranges: Ranges,
    data: Any,
    wanted: PrecisionRequest,
    threads: int | None = None,
) -> tuple[QuantizationPolicy, AccuracySearch | None]:
    """A policy under which the model meets ``max_accuracy_drop``; the same one where none is asked for.

    Layers go back to float32 in the order of their own damage (SQNR of a layer that alone is quantized, as in
    ``report()``) until the target is met; then each of them that is not needed is quantized again.

    Args:
        conversion: the model.
        policy: how it shall be quantized.
        ranges: of its tensors.
        data: samples to rank layers on.
        wanted: the drop and the function that evaluates.
        threads: how many threads rank the layers.

    Raises:
        ConverterError: not even the model with all layers in float32 meets the target; says what the best one reached.
        ValueError: no samples to rank layers on, or ``evaluate`` returns no number.
    """
    if wanted.max_accuracy_drop is None or wanted.evaluate is None or policy.is_float:
        return policy, None
    search = _Search(conversion, policy, ranges, wanted.evaluate)
    try:
        float_value = search.evaluate(QuantizationPolicy())
        target = float_value - wanted.max_accuracy_drop
        quantized_value = search.value(())
        reverted: tuple[str, ...] = ()
        if quantized_value < target:
            ranked = _ranked(conversion, policy, ranges, data, threads)
            reverted = _pruned(search, _shortest_start(search, ranked, target, float_value), target)
    finally:
        search.close()
    found = AccuracySearch(float_value, quantized_value, search.value(reverted), target, reverted, search.evaluations)
    return search.policy(reverted), found


def _ranked(
    conversion: _core.Conversion, policy: QuantizationPolicy, ranges: Ranges, data: Any, threads: int | None
) -> list[str]:
    """Layers that are quantized, the most damaged first."""
    if data is None:
        raise ValueError(
            "max_accuracy_drop ranks layers by their damage on samples: give representative_dataset, about 100 typical "
            "inputs"
        )
    conversion.quantize(policy, ranges)
    comparison = conversion.compare(ranges, thread_count(threads))
    run_samples(conversion, data, comparison.add, what="ranking layers", limit=_RANKING_SAMPLES)
    damage = {layer.layer: layer.isolated.sqnr_db for layer in comparison.layers()}
    paths = [path for path, _, _ in conversion.layers() if policy.layers.get(path, policy.mode) != "float32"]
    return sorted(paths, key=lambda path: damage.get(path, math.inf))


def _shortest_start(search: _Search, ranked: list[str], target: float, float_value: float) -> list[str]:
    """The shortest start of the list that meets the target, if longer ones are no worse."""
    short, long = 0, 1
    while search.value(ranked[:long]) < target:
        if long >= len(ranked):
            _refuse(search, ranked, target, float_value)
        short, long = long, min(2 * long, len(ranked))
    while long - short > 1:
        middle = (short + long) // 2
        short, long = (short, middle) if search.value(ranked[:middle]) >= target else (middle, long)
    return ranked[:long]


def _pruned(search: _Search, reverted: list[str], target: float) -> tuple[str, ...]:
    """The list without layers that are not needed; the least damaged are tried first."""
    kept = list(reverted)
    for layer in reversed(reverted):
        others = [other for other in kept if other != layer]
        if search.value(others) >= target:
            kept = others
    return tuple(kept)


def _refuse(search: _Search, ranked: list[str], target: float, float_value: float) -> None:
    best = max(search.values, key=lambda key: (search.values[key], -len(key)))
    shown = [layer for layer in ranked if layer in best]
    names = ", ".join(shown[:_SHOWN]) + (", ..." if len(shown) > _SHOWN else "")
    raise ConverterError(
        f"max_accuracy_drop cannot be met: evaluate gives {float_value:.6g} for the float model and must give at least "
        f"{target:.6g}, but {search.value(ranked):.6g} with all {len(ranked)} layers in float32. The best value is "
        f"{search.values[best]:.6g}, with {names or 'no layer'} in float32. Allow a larger drop, check that evaluate "
        "gives the same value for the same model, and leave inference_input_type and inference_output_type at float32."
    )
