"""Tells random numbers from data by what values have to do with their neighbours."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["looks_like_noise"]

_LEAST_VALUES = 1000
_LEAST_DIFFERENT = 16
_MOST_SORTED = 8192
_LEAST_SIDE = 8
_LEAST_ROW = 16
_MOST_CORRELATION = 0.1
# the variance of means over that of independent values of one distribution
_MOST_EXCESS = 1.6
# Kolmogorov-Smirnov distance times the root of the count: exceeded once in a hundred by that very distribution
_MOST_DISTANCE = 1.63


def looks_like_noise(rows: NDArray[np.float32], *, is_picture: bool) -> bool:
    """Whether the values of [rows, ...] are independent random numbers.

    Pictures [rows, height, width, channels] are judged by neighbouring pixels alone. Elsewhere values without any
    correlation can be data, too: it takes one even or normal distribution in all places and rows as well. Data with
    few different values (masks, boards, one-hot) are never noise.
    """
    if rows.size < _LEAST_VALUES or len(np.unique(rows)) <= _LEAST_DIFFERENT:
        return False
    values = rows.astype(np.float64)
    if is_picture and min(values.shape[1:3]) >= _LEAST_SIDE:
        return _largest_correlation(values, (1, 2)) < _MOST_CORRELATION
    if values[0].size < _LEAST_ROW:
        return False
    sides = [axis for axis in range(1, values.ndim) if values.shape[axis] >= _LEAST_SIDE]
    if not sides or _largest_correlation(values, tuple(sides)) >= _MOST_CORRELATION:
        return False
    places: NDArray[np.float64] = values.reshape(len(values), -1)
    return _is_homogeneous(places) and _has_simple_distribution(values.ravel())


def _largest_correlation(values: NDArray[np.float64], axes: tuple[int, ...]) -> float:
    """Of values and their next neighbours along each axis, around the mean of each row and channel."""
    inner = tuple(range(1, values.ndim - 1)) if values.ndim > 2 else (1,)
    around = values - values.mean(axis=inner, keepdims=True)
    found = []
    for axis in axes:
        one = np.take(around, range(values.shape[axis] - 1), axis)
        next_one = np.take(around, range(1, values.shape[axis]), axis)
        size = math.sqrt(float((one**2).sum()) * float((next_one**2).sum()))
        found.append(abs(float((one * next_one).sum())) / size if size > 0 else 1.0)
    return max(found)


def _is_homogeneous(values: NDArray[np.float64]) -> bool:
    """The means of rows and of places differ no more than those of independent values of one distribution."""
    variance = float(values.var())
    if variance == 0 or len(values) < 2:
        return False
    rows, places = (int(size) for size in values.shape)
    by_row = float(values.mean(axis=1).var(ddof=1)) * places / variance
    by_place = float(values.mean(axis=0).var(ddof=1)) * rows / variance
    return by_row < _MOST_EXCESS and by_place < _MOST_EXCESS


def _has_simple_distribution(values: NDArray[np.float64]) -> bool:
    """Even or normal, by the Kolmogorov-Smirnov distance; whole numbers may be a step apart."""
    values = np.sort(values[:: 1 + len(values) // _MOST_SORTED])
    count = len(values)
    low, high = float(values[0]), float(values[-1])
    deviation = float(values.std())
    even = (values - low) / (high - low)
    normal = np.array([0.5 * (1 + math.erf(z)) for z in (values - values.mean()) / (deviation * math.sqrt(2))])
    most = _MOST_DISTANCE / math.sqrt(count) + 1.0 / len(np.unique(values))
    places = (np.arange(count) + 0.5) / count
    distances = [float(np.abs(shape - places).max()) for shape in (even, normal)]
    return min(distances) < most
