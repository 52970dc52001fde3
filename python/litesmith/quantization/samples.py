"""Calibration data in all its forms, as samples one after the other."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Dataset", "open_dataset"]

_FORMS = (
    "an array of rows, a dict of such arrays by input name, a list or iterator of samples, a function that yields "
    "samples, a Keras Sequence or a torch DataLoader"
)
_LOADER_MODULES = ("torch.utils.data", "keras", "tf_keras", "tensorflow")


@dataclass(frozen=True)
class Dataset:
    """Samples as the user gave them.

    Attributes:
        samples: the samples; can be gone through once.
        total: how many there are, when that is known.
        repeatable: whether opening the same data again gives the samples again.
    """

    samples: Iterator[Any]
    total: int | None
    repeatable: bool = True


def open_dataset(data: Any, input_count: int) -> Dataset:
    """The samples of calibration data.

    Args:
        data: see ``_FORMS``; a ``RepresentativeDataset`` stands for its function.
        input_count: how many inputs the model has: a list of that many arrays holds one array for each input.

    Raises:
        TypeError: data of no such form.
        ValueError: arrays without rows, or with different numbers of them.
    """
    data = getattr(data, "input_gen", data)
    if _is_loader(data):
        return _open_loader(data, input_count)
    if _is_array(data):
        return _rows([_as_array(data)], lambda row: [row[0]])
    if isinstance(data, Mapping):
        return _named_rows(data, lambda sample: sample)
    if isinstance(data, tuple) and len(data) == 2 and isinstance(data[0], str) and isinstance(data[1], Mapping):
        key = data[0]
        return _named_rows(data[1], lambda sample: (key, sample))
    if callable(data):
        return _open_function(data, input_count)
    if isinstance(data, (list, tuple)):
        if _is_columns(data, input_count):
            return _rows([_as_array(column) for column in data], list)
        return Dataset(iter(data), len(data))
    if isinstance(data, Iterable) and not isinstance(data, (str, bytes)):
        return Dataset(iter(data), _length(data), repeatable=not isinstance(data, Iterator))
    raise TypeError(f"representative_dataset is a {type(data).__name__}, which holds no samples; give {_FORMS}")


def _open_function(function: Callable[[], Any], input_count: int) -> Dataset:
    made = function()
    if made is None:
        raise ValueError(
            "the representative_dataset function returned None; it must yield samples: `for x in data: yield [x]`"
        )
    if callable(made) and not isinstance(made, Iterable):
        raise TypeError("the representative_dataset function returned a function; set it to that function itself")
    opened = open_dataset(made, input_count)
    return Dataset(opened.samples, opened.total, repeatable=True)


def _is_loader(data: Any) -> bool:
    """Batches of (inputs, targets): torch DataLoaders, Keras Sequences and PyDatasets, tf.data."""
    if isinstance(data, (np.ndarray, Mapping, list, tuple)) or _is_array(data):
        return False
    kind = type(data)
    named = any(
        base.__module__.split(".")[0] in _LOADER_MODULES or base.__module__.startswith("torch.utils.data")
        for base in kind.__mro__
        if base.__module__.split(".")[0] != "torch" or base.__module__.startswith("torch.utils.data")
    )
    is_sequence = hasattr(kind, "__getitem__") and (hasattr(kind, "__len__") or hasattr(kind, "num_batches"))
    return (named and (is_sequence or hasattr(kind, "__iter__"))) or (is_sequence and not hasattr(kind, "__iter__"))


def _open_loader(data: Any, input_count: int) -> Dataset:
    total = _length(data)
    if hasattr(type(data), "__getitem__") and total is not None:
        batches: Iterator[Any] = (data[index] for index in range(total))
    else:
        batches = iter(data)
    return Dataset((_without_targets(batch, input_count) for batch in batches), total)


def _length(data: Any) -> int | None:
    if not hasattr(type(data), "__len__"):
        count = getattr(data, "num_batches", None)
        return None if count is None else int(count)
    try:
        return len(data)
    except TypeError:  # an iterable torch data set, or tf.data of unknown length
        return None


def _without_targets(batch: Any, input_count: int) -> Any:
    if not isinstance(batch, (list, tuple)) or not batch:
        return batch
    if isinstance(batch[0], (Mapping, list, tuple)):
        return batch[0]
    return list(batch[:input_count])


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) or (hasattr(value, "shape") and hasattr(value, "__array__"))


def _as_array(value: Any) -> np.ndarray[Any, Any]:
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    return np.asarray(value)


def _is_columns(data: list[Any] | tuple[Any, ...], input_count: int) -> bool:
    """One array of rows for each of several inputs."""
    if input_count < 2 or len(data) != input_count:
        return False
    return all(_is_array(column) and np.ndim(column) > 0 for column in data)


def _rows(columns: list[np.ndarray[Any, Any]], sample: Callable[[list[np.ndarray[Any, Any]]], Any]) -> Dataset:
    count = _row_count({str(number): column for number, column in enumerate(columns)})
    return Dataset((sample([column[row : row + 1] for column in columns]) for row in range(count)), count)


def _named_rows(data: Mapping[str, Any], sample: Callable[[dict[str, Any]], Any]) -> Dataset:
    columns = {name: _as_array(column) for name, column in data.items()}
    count = _row_count(columns)
    rows = ({name: column[row : row + 1] for name, column in columns.items()} for row in range(count))
    return Dataset(map(sample, rows), count)


def _row_count(columns: Mapping[str, np.ndarray[Any, Any]]) -> int:
    for name, column in columns.items():
        if column.ndim == 0:
            raise ValueError(f"the calibration data for input '{name}' is a single number; give an array of rows")
    counts = {name: len(column) for name, column in columns.items()}
    for (one, a), (other, b) in itertools.pairwise(counts.items()):
        if a != b:
            raise ValueError(
                f"the calibration data has {a} rows for input '{one}' and {b} for '{other}'; give as many for each"
            )
    return next(iter(counts.values()), 0)
