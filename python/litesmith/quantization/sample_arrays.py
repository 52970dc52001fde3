"""The array of one input in a calibration sample: type, values and shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from litesmith.tensor_details import file_type_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from litesmith import _core

__all__ = ["SampleInput", "array_of", "in_batches", "is_array"]

_STRICT = "ResizeInputTensorStrict only allows mutating unknown dimensions identified by -1."


@dataclass(frozen=True)
class SampleInput:
    """An input of the model: ``shape`` has -1 for open dimensions; ``position`` counts the graph's inputs."""

    name: str
    tensor_name: str
    tensor: int
    position: int
    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    @classmethod
    def of(cls, position: int, it: _core.ConversionInput) -> SampleInput:
        """From the core's description."""
        if it.dtype not in np.sctypeDict:
            raise ValueError(f"the input '{it.name}' takes {it.dtype} values, which calibration cannot feed")
        return cls(it.name, it.tensor_name, it.tensor, position, np.dtype(it.dtype), tuple(it.shape))

    @property
    def shown_shape(self) -> str:
        """The shape with question marks for open dimensions."""
        return f"[{', '.join('?' if dim < 0 else str(dim) for dim in self.shape)}]"


def is_array(value: Any) -> bool:
    """An array of numpy or of another library."""
    return isinstance(value, (np.ndarray, np.generic)) or (hasattr(value, "shape") and hasattr(value, "__array__"))


def array_of(target: SampleInput, value: Any, number: int) -> NDArray[Any]:
    """The value of an input in sample ``number`` as an array of the input's type and rank.

    Raises:
        ValueError: another type, or values that are no numbers.
        RuntimeError: a shape that the model does not take.
    """
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"sample {number}: the value for input '{target.name}' is no array: {error}") from error
    array = _converted(target, array, number, is_typed=is_array(value))
    array = _fitted(target, array, number)
    return np.ascontiguousarray(array).reshape(array.shape)


def _converted(target: SampleInput, array: NDArray[Any], number: int, *, is_typed: bool) -> NDArray[Any]:
    wanted = target.dtype
    if array.dtype != wanted and not _is_convertible(array.dtype, wanted, is_typed=is_typed):
        way_out = f"convert it with astype('{wanted.name}')"
        if array.dtype.kind in "iu" and wanted.kind == "f":
            way_out += " and scale it as the training did, for instance / 255"
        raise ValueError(
            f"Cannot set tensor: Got value of type {file_type_name(array.dtype)} but expected type "
            f"{file_type_name(wanted)} for input {target.position}, name: {target.tensor_name} "
            f"(sample {number}, input '{target.name}'; {way_out})"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        converted = array.astype(wanted, copy=False)
    if wanted.kind == "f":
        _check_finite(target, converted, array, number)
    elif array.dtype != wanted and not np.array_equal(converted, array):
        raise ValueError(
            f"sample {number}: the input '{target.name}' takes {wanted.name}, and the values "
            f"{array.min()} to {array.max()} of type {array.dtype.name} do not fit"
        )
    return converted


def _is_convertible(given: np.dtype[Any], wanted: np.dtype[Any], *, is_typed: bool) -> bool:
    if not is_typed:
        return given.kind in "iuf" and wanted.kind in {"f", given.kind}
    if wanted.kind == "f":
        return given.kind == "f" or given.name == "bfloat16"
    return wanted.kind in "iu" and given.kind in "iu"


def _check_finite(target: SampleInput, converted: NDArray[Any], given: NDArray[Any], number: int) -> None:
    finite = np.isfinite(converted)
    if finite.all():
        return
    place = np.unravel_index(int(np.argmin(finite)), converted.shape)
    value = given[place]
    what = "does not fit float32" if np.isfinite(value) else "is no number that a range could hold"
    raise ValueError(
        f"sample {number}: the input '{target.name}' has the value {value} at {[int(i) for i in place]}, which {what}; "
        "remove or repair the sample"
    )


def _fitted(target: SampleInput, array: NDArray[Any], number: int) -> NDArray[Any]:
    shape = target.shape
    if array.ndim == len(shape) - 1 and shape[0] in {-1, 1} and _agrees(array.shape, shape[1:]):
        return array[np.newaxis]
    tail = f"Sample {number} has the shape {list(array.shape)} for input '{target.name}', which takes "
    tail += target.shown_shape
    if array.ndim != len(shape):
        raise RuntimeError(
            f"Attempting to give tensor {target.position} of {len(shape)} dimensions {array.ndim}. {_STRICT} {tail}."
        )
    for axis, (got, fixed) in enumerate(zip(array.shape, shape, strict=True)):
        is_batch = axis == 0 and len(shape) > 1 and fixed > 0 and got % fixed == 0
        if fixed in (-1, got) or (is_batch and got > 0):
            continue
        if array.ndim == 4 and _agrees(tuple(array.shape[i] for i in (0, 2, 3, 1)), shape):
            tail += "; it looks like channels first: transpose it with (0, 2, 3, 1)"
        raise RuntimeError(
            f"Attempting to resize dimension {axis} of tensor {target.position} with value {fixed} to {got}. "
            f"{_STRICT} {tail}."
        )
    if array.size == 0:
        raise ValueError(f"sample {number}: the array for input '{target.name}' is empty: {list(array.shape)}")
    return array


def _agrees(shape: Sequence[int], wanted: Sequence[int]) -> bool:
    return all(fixed in (-1, got) for got, fixed in zip(shape, wanted, strict=True))


def in_batches(
    inputs: Sequence[SampleInput], arrays: Sequence[NDArray[Any]], number: int
) -> list[list[tuple[int, NDArray[Any]]]]:
    """One run, or several where the model fixes the batch and the sample is a multiple of it.

    Raises:
        RuntimeError: inputs that have different numbers of batches.
    """
    counts = {
        it.name: array.shape[0] // it.shape[0] if it.shape and it.shape[0] > 0 else 1
        for it, array in zip(inputs, arrays, strict=True)
    }
    if len(set(counts.values())) > 1:
        shown = ", ".join(f"'{name}': {count}" for name, count in counts.items())
        raise RuntimeError(
            f"sample {number} has different numbers of batches for its inputs ({shown}), and the model fixes the batch"
        )
    runs = next(iter(counts.values()), 1)
    if runs == 1:
        return [[(it.tensor, array) for it, array in zip(inputs, arrays, strict=True)]]
    split = [np.split(array, runs) for array in arrays]
    return [[(it.tensor, parts[run]) for it, parts in zip(inputs, split, strict=True)] for run in range(runs)]
