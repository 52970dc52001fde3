"""Element types, interchangeable with those of TensorFlow and numpy."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "DType",
    "as_dtype",
    "bfloat16",
    "bool_",
    "complex64",
    "complex128",
    "float16",
    "float32",
    "float64",
    "int8",
    "int16",
    "int32",
    "int64",
    "string",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]


class DType:
    """An element type: equal to a ``tf.DType``, numpy dtype, numpy scalar type or string of the same name.

    The hash is that of the name, so a set or dict keyed by names finds it too.
    """

    __slots__ = ("_name", "_numpy")

    def __init__(self, name: str, numpy: type[np.generic] | None) -> None:
        self._name = name
        self._numpy = numpy

    @property
    def name(self) -> str:
        """Lower-case name, such as ``"float32"``."""
        return self._name

    @property
    def as_numpy_dtype(self) -> type[np.generic]:
        """The numpy scalar type; ``TypeError`` for bfloat16, which numpy lacks."""
        if self._numpy is None:
            raise TypeError(f"numpy has no type for {self._name}")
        return self._numpy

    @property
    def size(self) -> int:
        """Bytes of one element; 1 for strings, as TensorFlow says."""
        if self._name == "string":
            return 1
        return 2 if self._numpy is None else int(np.dtype(self._numpy).itemsize)

    def __eq__(self, other: object) -> bool:
        name = _name_of(other)
        return NotImplemented if name is None else name == self._name

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        return f"litesmith.{self._name}"

    def __str__(self) -> str:
        return f"tf.{self._name}"


def _name_of(value: Any) -> str | None:
    if isinstance(value, DType):
        return value.name
    if isinstance(value, str):
        return {"bool_": "bool", "float": "float32", "int": "int32"}.get(value, value)
    if isinstance(value, np.dtype):
        return _numpy_name(value)
    if isinstance(value, type):
        if value is str or value is bytes:
            return "string"
        return _numpy_name(np.dtype(value)) if issubclass(value, np.generic) else None
    name = getattr(value, "name", None)
    return name if isinstance(name, str) and hasattr(value, "as_numpy_dtype") else None


def _numpy_name(dtype: np.dtype[Any]) -> str:
    return "string" if dtype.kind in "SUO" else str(dtype.name)


bool_ = DType("bool", np.bool_)
bfloat16 = DType("bfloat16", None)
complex64 = DType("complex64", np.complex64)
complex128 = DType("complex128", np.complex128)
float16 = DType("float16", np.float16)
float32 = DType("float32", np.float32)
float64 = DType("float64", np.float64)
int8 = DType("int8", np.int8)
int16 = DType("int16", np.int16)
int32 = DType("int32", np.int32)
int64 = DType("int64", np.int64)
string = DType("string", np.bytes_)
uint8 = DType("uint8", np.uint8)
uint16 = DType("uint16", np.uint16)
uint32 = DType("uint32", np.uint32)
uint64 = DType("uint64", np.uint64)

_BY_NAME = {value.name: value for value in list(globals().values()) if isinstance(value, DType)}


def as_dtype(value: Any) -> DType:
    """The DType for a ``tf.DType``, numpy dtype, numpy scalar type or name.

    Raises:
        TypeError: the value names no element type; lists those there are.
    """
    name = _name_of(value)
    found = None if name is None else _BY_NAME.get(name)
    if found is None:
        raise TypeError(f"{value!r} is not an element type; known are {', '.join(sorted(_BY_NAME))}")
    return found
