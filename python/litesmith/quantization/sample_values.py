"""One calibration sample, checked against the inputs of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from litesmith.quantization.sample_arrays import SampleInput, array_of, in_batches, is_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from litesmith import _core

__all__ = ["CheckedSample", "MissingInputError", "SampleChecker"]

_THREE_FORMS = (
    "You need to provide either a dictionary with input names and values, a tuple with signature key and a dictionary "
    "with input names and values, or an array with input values in the order of input tensors of the graph in the "
    "representative_dataset function. Unsupported value from dataset: "
)
_SECOND_IN_TUPLE = (
    "You need to provide either a dictionary with input names and values in the second argument in the tuple"
)


class MissingInputError(KeyError, ValueError):
    """A sample by name lacks an input."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class CheckedSample:
    """A sample as the core takes it.

    Attributes:
        graph: the graph to run.
        runs: for each run, arrays by tensor.
        by_position: the inputs were told apart by their order alone.
    """

    graph: int
    runs: list[list[tuple[int, NDArray[Any]]]]
    by_position: bool


class SampleChecker:
    """Turns samples in any of their forms into arrays of the types and shapes that a model takes."""

    def __init__(self, signatures: Sequence[_core.ConversionSignature]) -> None:
        """Read the inputs of each signature, the first of which is for samples without a key."""
        self._graphs = {signature.key: signature.graph for signature in signatures}
        self._inputs = {
            signature.key: [SampleInput.of(position, it) for position, it in enumerate(signature.inputs)]
            for signature in signatures
        }
        self._first = signatures[0].key

    @property
    def input_count(self) -> int:
        """How many inputs the first signature has."""
        return len(self._inputs[self._first])

    @property
    def inputs(self) -> list[SampleInput]:
        """The inputs of the first signature in the model's order."""
        return self._inputs[self._first]

    def check(self, sample: Any, number: int) -> CheckedSample:
        """The sample with number ``number`` as arrays.

        Raises:
            ValueError: of no known form, of the wrong type, or with values that are no numbers.
            MissingInputError: an input is missing in a dict.
            RuntimeError: a shape that the model does not take.
        """
        key, values, by_position = self._named_values(sample, number)
        inputs = self._inputs[key]
        arrays = [array_of(it, values[it.name], number) for it in inputs]
        return CheckedSample(self._graphs[key], in_batches(inputs, arrays, number), by_position)

    def _named_values(self, sample: Any, number: int) -> tuple[str, Mapping[str, Any], bool]:
        if isinstance(sample, tuple) and len(sample) == 2 and isinstance(sample[0], str):
            key, values = sample
            if not isinstance(values, Mapping):
                raise ValueError(f"{_SECOND_IN_TUPLE}; sample {number} has {type(values).__name__} there")
            return key, self._by_name(self._known(key, number), values, number), False
        if isinstance(sample, Mapping):
            return self._first, self._by_name(self._only(number), sample, number), False
        inputs = self._only(number)
        values_in_order = self._in_order(sample, number, inputs)
        named = {it.name: value for it, value in zip(inputs, values_in_order, strict=True)}
        return self._first, named, len(inputs) > 1

    def _known(self, key: str, number: int) -> list[SampleInput]:
        if key not in self._inputs:
            known = ", ".join(f"'{name}'" for name in self._inputs if name) or "none"
            raise ValueError(f'Invalid signature_key provided: "{key}". (sample {number}; the model has {known})')
        return self._inputs[key]

    def _only(self, number: int) -> list[SampleInput]:
        if len(self._inputs) > 1:
            keys = ", ".join(f"'{key}'" for key in self._inputs)
            raise ValueError(
                f"sample {number} does not say which of the signatures {keys} it is for; give a tuple "
                "(signature key, dict of input names and values)"
            )
        return self._inputs[self._first]

    @staticmethod
    def _by_name(inputs: list[SampleInput], values: Mapping[str, Any], number: int) -> Mapping[str, Any]:
        named = {}
        for it in inputs:
            found = next((name for name in (it.name, it.tensor_name) if name in values), None)
            if found is None:
                raise MissingInputError(
                    f"'{it.name}': sample {number} has no value for this input; it has "
                    f"{', '.join(repr(name) for name in values) or 'nothing'}, the model takes "
                    f"{', '.join(repr(one.name) for one in inputs)}"
                )
            named[it.name] = values[found]
        return named

    @staticmethod
    def _in_order(sample: Any, number: int, inputs: list[SampleInput]) -> Sequence[Any]:
        if is_array(sample) and len(inputs) == 1:
            return [sample]
        if not isinstance(sample, (list, tuple)):
            raise ValueError(f"{_THREE_FORMS}{_shown(sample)} (sample {number}; the model has {len(inputs)} inputs)")
        if len(sample) == len(inputs):
            return sample
        if len(inputs) == 1 and isinstance(sample, list) and not any(is_array(item) for item in sample) and sample:
            return [sample]
        if isinstance(sample, tuple) and len(sample) == 2:
            raise ValueError(
                f"{_SECOND_IN_TUPLE}; sample {number} is a tuple of {len(sample)} values and the model has "
                f"{len(inputs)} inputs. Is the second one the target? Yield the inputs alone."
            )
        raise ValueError(
            f"Invalid input shapes: expected {len(inputs)} items got {len(sample)} items. (sample {number}; the inputs "
            f"are {', '.join(repr(it.name) for it in inputs)})"
        )


def _shown(value: Any) -> str:
    text = str(np.asarray(value)) if is_array(value) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
