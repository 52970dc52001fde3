"""Checks of the arrays that are fed to an interpreter."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from litesmith.tensor_details import file_type_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from litesmith import _core

__all__ = ["get_values", "new_shape", "set_values", "tensor_index"]

_LARGEST_INDEX = 2**31 - 1


def tensor_index(core: _core.Interpreter, index: object, graph: int = 0) -> int:
    """The index as an int.

    Raises:
        TypeError: it is no integer.
        ValueError: no tensor has it.
    """
    number = operator.index(index)  # type: ignore[arg-type]
    if not 0 <= number < core.tensor_count(graph):
        msg = f"Invalid tensor index {number} exceeds max tensor index {core.tensor_count(graph)}"
        raise ValueError(msg)
    return number


def _refuse(text: str) -> ValueError:
    return ValueError(f"Cannot set tensor: {text}")


def _checked(tensor: _core.TensorDetails, value: object) -> NDArray[Any]:
    """The value as a native, contiguous array of the tensor's type and shape."""
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise _refuse(f"the array for input {tensor.index}, name: {tensor.name} has masked elements; fill them first")
    array = np.asarray(value)
    wanted = tensor.numpy_dtype
    if array.dtype.newbyteorder("=") != wanted:
        msg = (
            f"Got value of type {file_type_name(array.dtype)} but expected type {file_type_name(wanted)} "
            f"for input {tensor.index}, name: {tensor.name} "
        )
        raise _refuse(f"{msg}(convert it with astype('{wanted.name}'))")
    _check_shape(tensor, array.shape)
    return np.ascontiguousarray(array, dtype=wanted)


def _check_shape(tensor: _core.TensorDetails, shape: tuple[int, ...]) -> None:
    place = f"input {tensor.index}."
    whole = f" (the array has shape {list(shape)}, '{tensor.name}' has {list(tensor.shape)}; see resize_tensor_input)"
    if len(shape) != len(tensor.shape):
        raise _refuse(f"Dimension mismatch. Got {len(shape)} but expected {len(tensor.shape)} for {place}{whole}")
    for axis, (got, expected) in enumerate(zip(shape, tensor.shape, strict=True)):
        if got != expected:
            raise _refuse(
                f"Dimension mismatch. Got {got} but expected {expected} for dimension {axis} of {place}{whole}"
            )


def _set_strings(core: _core.Interpreter, graph: int, tensor: _core.TensorDetails, value: object) -> None:
    if not isinstance(value, np.ndarray):
        msg = f"Passed in value type is not a numpy array, got type {type(value).__name__}."
        raise _refuse(f"{msg} Strings for '{tensor.name}' come as an array of bytes or str")
    if value.dtype.kind not in "SUO":
        msg = f"Got value of type {file_type_name(value.dtype)} but expected type STRING"
        raise _refuse(f"{msg} for input {tensor.index}, name: {tensor.name} ")
    _check_shape(tensor, value.shape)
    if value.ndim == 0 and value.dtype.kind == "S":
        strings = [value.tobytes()]
    else:
        strings = [_encoded(tensor, item) for item in value.ravel().tolist()]
    core.set_strings(graph, tensor.index, strings)


def _encoded(tensor: _core.TensorDetails, item: object) -> bytes:
    if isinstance(item, str):
        return item.encode()
    if isinstance(item, bytes):
        return item
    raise _refuse(f"an element for '{tensor.name}' is {type(item).__name__} but must be str or bytes")


def set_values(core: _core.Interpreter, graph: int, index: object, value: object) -> None:
    """Copies a value into a tensor; type, rank and shape must be the tensor's own."""
    number = tensor_index(core, index, graph)
    tensor = core.tensor(graph, number)
    if not core.is_allocated(graph):
        msg = f"Tensor is unallocated. Try calling allocate_tensors() first (tensor {number}, '{tensor.name}')"
        raise _refuse(msg)
    if tensor.dtype == "string":
        _set_strings(core, graph, tensor, value)
    else:
        core.set(graph, number, _checked(tensor, value))


def get_values(core: _core.Interpreter, graph: int, index: object) -> Any:
    """A copy of a tensor: an array, a numpy scalar where it has no dimensions, an object array of bytes for strings."""
    number = tensor_index(core, index, graph)
    values = core.get(graph, number)
    if isinstance(values, list):
        array = np.empty(len(values), dtype=object)
        array[:] = values
        return array.reshape(core.tensor(graph, number).shape)
    return values[()] if values.ndim == 0 else values


def new_shape(tensor: _core.TensorDetails, size: object, *, strict: bool) -> list[int]:
    """The dimensions asked for in a resize.

    Raises:
        ValueError: not a list of whole numbers.
        RuntimeError: strict, and a dimension that the model fixes is to change.
    """
    array = np.asarray(size)
    if array.ndim != 1:
        msg = f"Shape should be 1D instead of {array.ndim}. (for tensor {tensor.index}, '{tensor.name}')"
        raise ValueError(msg)
    if array.size and (array.dtype.kind not in "iuf" or (array != array.astype(np.int64)).any()):
        msg = f"the shape {size} for tensor {tensor.index} ('{tensor.name}') must be whole numbers"
        raise ValueError(msg)
    shape = [int(dim) for dim in array]
    if any(dim < 0 or dim > _LARGEST_INDEX for dim in shape):
        msg = f"the shape {shape} for tensor {tensor.index} ('{tensor.name}'): number of elements overflowed."
        raise RuntimeError(msg)
    if strict:
        _check_strict(tensor, shape)
    return shape


def _check_strict(tensor: _core.TensorDetails, shape: list[int]) -> None:
    rule = "ResizeInputTensorStrict only allows mutating unknown dimensions identified by -1."
    signature = tensor.shape_signature
    if len(shape) != len(signature):
        msg = f"Attempting to give tensor {tensor.index} of {len(signature)} dimensions {len(shape)}. {rule}"
        raise RuntimeError(msg)
    for axis, (wanted, fixed) in enumerate(zip(shape, signature, strict=True)):
        if fixed not in (-1, wanted):
            msg = (
                f"Attempting to resize dimension {axis} of tensor {tensor.index} with value {fixed} to {wanted}. {rule}"
            )
            raise RuntimeError(msg)
