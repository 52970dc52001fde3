"""Excerpts of calibration samples: a bounded part of the data, kept for the linter, that adds up over processes."""

from __future__ import annotations

import json
import math
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

__all__ = ["Excerpt", "Excerpts"]

_SAMPLES = 32
_ROWS = 4
_SPREAD = 256
_WINDOW = 1024
_MOST_CHANNELS = 4
_BLOCK = 4096  # bytes


@dataclass(frozen=True)
class Excerpt:
    """What is kept of one tensor in one sample.

    Attributes:
        sample: number of the sample.
        graph: index of the graph.
        tensor: an input or output of that graph.
        digest: a checksum of all values.
        spread: values at even distances over the whole tensor, [rows, values]; at most 4 rows of the batch.
        window: a contiguous part from the middle, [rows, ...] of the tensor's rank.
    """

    sample: int
    graph: int
    tensor: int
    digest: int
    spread: NDArray[np.float32]
    window: NDArray[np.float32]

    @classmethod
    def of(cls, sample: int, graph: int, tensor: int, values: NDArray[Any]) -> Excerpt:
        """Cut an excerpt; the first axis of two or more counts the rows of the batch."""
        rows = values if values.ndim > 1 else values.reshape(1, -1)
        chosen = rows if len(rows) <= _ROWS else rows[_evenly(len(rows), _ROWS)]
        flat = chosen.reshape(len(chosen), -1)
        spread = flat[:, _evenly(flat.shape[1], _SPREAD)].astype(np.float32)
        window = np.ascontiguousarray(_window(chosen), np.float32)
        return cls(sample, graph, tensor, _digest(values), spread, window)

    @cached_property
    def key(self) -> tuple[int, int, int, int]:
        """Order of excerpts: samples by a fixed shuffle of their numbers, then tensors."""
        return (_shuffled(self.sample), self.sample, self.graph, self.tensor)


@dataclass
class Excerpts:
    """The excerpts of 32 samples, which a fixed shuffle of the sample numbers chooses, and how many rows there were.

    Attributes:
        rows: rows of all batches of all samples.
        kept: excerpts in the order of their keys.
    """

    rows: int = 0
    kept: list[Excerpt] = field(default_factory=list)
    _last: tuple[int, int] | None = field(default=None, compare=False, repr=False)

    def wants(self, sample: int) -> bool:
        """Whether the sample is one of those to keep, as far as known now."""
        return self._last is None or (_shuffled(sample), sample) < self._last

    def add(self, excerpts: Iterable[Excerpt]) -> None:
        """Keep excerpts, and forget what has become too much."""
        self.kept = sorted([*self.kept, *excerpts], key=lambda it: it.key)
        chosen = sorted({it.key[:2] for it in self.kept})[:_SAMPLES]
        if len(chosen) == _SAMPLES:
            self._last = chosen[-1]
            self.kept = [it for it in self.kept if it.key[:2] <= chosen[-1]]

    def merged(self, other: Excerpts) -> Excerpts:
        """Both together, as one pass over both parts would have kept them."""
        both = Excerpts(self.rows + other.rows, list(self.kept))
        both.add(other.kept)
        return both

    def of(self, graph: int, tensor: int) -> list[Excerpt]:
        """The excerpts of one tensor in the order of the samples."""
        return sorted((it for it in self.kept if (it.graph, it.tensor) == (graph, tensor)), key=lambda it: it.sample)

    def to_bytes(self) -> bytes:
        """The same bytes for equal excerpts, on every machine."""
        head = {
            "rows": self.rows,
            "kept": [
                [it.sample, it.graph, it.tensor, it.digest, list(it.spread.shape), list(it.window.shape)]
                for it in self.kept
            ],
        }
        text = json.dumps(head, separators=(",", ":")).encode()
        values = b"".join(array.astype("<f4").tobytes() for it in self.kept for array in (it.spread, it.window))
        return len(text).to_bytes(8, "little") + text + values

    @classmethod
    def from_bytes(cls, content: bytes) -> Excerpts:
        """Excerpts from the bytes of ``to_bytes``.

        Raises:
            ValueError: other bytes.
        """
        size = int.from_bytes(content[:8], "little")
        try:
            head = json.loads(content[8 : 8 + size])
            rows, entries = int(head["rows"]), list(head["kept"])
            arrays = _Arrays(content[8 + size :])
            kept = [
                Excerpt(int(sample), int(graph), int(tensor), int(digest), arrays.take(spread), arrays.take(window))
                for sample, graph, tensor, digest, spread, window in entries
            ]
        except (KeyError, TypeError, IndexError, RecursionError) as error:
            raise ValueError(f"these bytes hold no excerpts of samples: {error}") from error
        if arrays.left or rows < 0:
            raise ValueError("these bytes hold more than excerpts of samples")
        return cls(rows, kept)


class _Arrays:
    def __init__(self, content: bytes) -> None:
        self._content = content

    @property
    def left(self) -> int:
        return len(self._content)

    def take(self, shape: Sequence[int]) -> NDArray[np.float32]:
        size = 4
        for dim in shape:
            if not 0 <= int(dim) <= _WINDOW:
                raise ValueError(f"these bytes hold an excerpt of the impossible shape {shape}")
            size *= int(dim)
        if size > len(self._content):
            raise ValueError("these bytes hold less than the excerpts that they announce")
        part, self._content = self._content[:size], self._content[size:]
        return np.frombuffer(part, "<f4").astype(np.float32).reshape(tuple(shape))


def _shuffled(number: int) -> int:
    """A bijection of 64-bit numbers (the finalizer of SplitMix64)."""
    mask = 2**64 - 1
    number = (number + 0x9E3779B97F4A7C15) & mask
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & mask
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & mask
    return number ^ (number >> 31)


def _evenly(count: int, most: int) -> NDArray[np.intp]:
    return np.arange(count) if count <= most else np.arange(most) * count // most


def _digest(values: NDArray[Any]) -> int:
    """Of all values and their places: CRC-32 of the bytes, of large arrays of sums within and over blocks.

    CRC-32 of every byte would take longer than small models run.
    """
    content = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
    whole = len(content) // _BLOCK * _BLOCK
    digest = zlib.crc32(content[whole:].data)
    if whole:
        blocks = content[:whole].view("<u4").reshape(-1, _BLOCK // 4)
        digest = zlib.crc32(np.bitwise_xor.reduce(blocks, axis=0).data, digest)
        digest = zlib.crc32(blocks.sum(axis=1, dtype=np.uint32).data, digest)
    return digest


def _window(rows: NDArray[Any]) -> NDArray[Any]:
    """The middle of every row: at most four of the last axis of three or more, then ever shorter along the longest."""
    wanted = list(rows.shape[1:])
    if len(wanted) > 2:
        wanted[-1] = min(wanted[-1], _MOST_CHANNELS)
    while math.prod(wanted) > _WINDOW:
        longest = wanted.index(max(wanted))
        wanted[longest] = (wanted[longest] + 1) // 2
    starts = [(have - want) // 2 for have, want in zip(rows.shape[1:], wanted, strict=True)]
    parts = [slice(start, start + want) for start, want in zip(starts, wanted, strict=True)]
    everything: list[slice] = [slice(None)]
    return rows[tuple(everything + parts)]
