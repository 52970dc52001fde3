"""What calibration saw: statistics that add up over processes and machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from litesmith.quantization.excerpts import Excerpts

if TYPE_CHECKING:
    from litesmith import _core

__all__ = ["Observations", "ObservedTensor"]


@dataclass(frozen=True)
class ObservedTensor:
    """What was seen of one tensor.

    Attributes:
        name: of the tensor.
        samples: in how many samples it was computed.
        values: how many values it had in all of them.
        min: its least value, which sample ``min_sample`` had first.
        max: its greatest value, which sample ``max_sample`` had first.
        min_sample: number of a sample.
        max_sample: number of a sample.
        second_min: the least value that another sample had.
        second_max: the greatest value that another sample had.
    """

    name: str
    samples: int
    values: int
    min: float
    max: float
    min_sample: int
    max_sample: int
    second_min: float
    second_max: float


class Observations:
    """Statistics of a model's float tensors over calibration samples.

    Parts of a data set may be observed in other processes or on other machines, if every part numbers its samples as
    the whole does (``first_sample``). They are pickled, and merged in any order; the result is that of one pass, byte
    for byte. For the linter they hold a few values of at most 32 samples.

    Attributes:
        warnings: what the linter had to say when a model was last quantized with them.
    """

    def __init__(self, core: _core.Observations, excerpts: Excerpts | None = None) -> None:
        """Take what the core has observed, and parts of the samples for the linter."""
        self._core = core
        self._excerpts = Excerpts() if excerpts is None else excerpts
        self.warnings: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[Any, tuple[bytes]]:
        return (Observations.from_bytes, (self.to_bytes(),))

    def __eq__(self, other: object) -> bool:
        return self.to_bytes() == other.to_bytes() if isinstance(other, Observations) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.to_bytes())

    def __repr__(self) -> str:
        return f"<Observations of {self.samples} samples>"

    @property
    def samples(self) -> int:
        """How many samples were seen."""
        return self._core.samples

    @property
    def tensors(self) -> list[ObservedTensor]:
        """What was seen of each tensor."""
        return [_observed(it) for it in self._core.tensors()]

    @property
    def core(self) -> _core.Observations:
        """The core's own object."""
        return self._core

    @property
    def excerpts(self) -> Excerpts:
        """Parts of the samples, for the linter."""
        return self._excerpts

    def merge(self, *others: Observations) -> Observations:
        """These and other observations of the same model together.

        Raises:
            ValueError: observations of another model, or made for another calibration method.
        """
        merged, excerpts = self._core.copy(), self._excerpts
        for other in others:
            merged.merge(other._core)
            excerpts = excerpts.merged(other._excerpts)
        return Observations(merged, excerpts)

    def to_bytes(self) -> bytes:
        """The same bytes for equal observations, on every machine."""
        core = self._core.to_bytes()
        return len(core).to_bytes(8, "little") + core + self._excerpts.to_bytes()

    @staticmethod
    def from_bytes(content: bytes) -> Observations:
        """Observations from the bytes of ``to_bytes``.

        Raises:
            ValueError: other bytes.
        """
        from litesmith import _core

        size = int.from_bytes(content[:8], "little")
        try:
            return Observations(
                _core.Observations.from_bytes(content[8 : 8 + size]), Excerpts.from_bytes(content[8 + size :])
            )
        except (ValueError, OverflowError) as error:
            raise ValueError(
                f"these bytes are no calibration observations, or they are damaged ({error}); observe the samples again"
            ) from error


def _observed(it: _core.ObservedTensor) -> ObservedTensor:
    (low, low_sample), (second_low, _) = it.lowest
    (high, high_sample), (second_high, _) = it.highest
    return ObservedTensor(it.name, it.samples, it.values, low, high, low_sample, high_sample, second_low, second_high)
