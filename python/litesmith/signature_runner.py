"""Running a model by the names of a signature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litesmith.tensor_details import tensor_details
from litesmith.tensor_values import get_values, new_shape, set_values

if TYPE_CHECKING:
    from litesmith.interpreter import Interpreter

__all__ = ["SignatureOutputs", "SignatureRunner"]

_POSITION = "output_"


class SignatureOutputs(dict[str, Any]):
    """Results by name; `output_0`, `output_1` ... find them by position too, where no result has that name."""

    def __init__(self, results: dict[str, Any], order: list[str]) -> None:
        """Keep results by name; `order` lists the names as the model gives them."""
        super().__init__(results)
        self._order = order

    def _name(self, key: str) -> str:
        position = key.removeprefix(_POSITION) if isinstance(key, str) and key.startswith(_POSITION) else ""
        if not super().__contains__(key) and position.isdecimal() and int(position) < len(self._order):
            return self._order[int(position)]
        return key

    def __missing__(self, key: str) -> Any:
        """Look the position up."""
        name = self._name(key)
        if name == key:
            msg = f"{key!r} is no output; the outputs are {', '.join(map(repr, self._order))}"
            raise KeyError(msg)
        return self[name]

    def get(self, key: str, default: Any = None) -> Any:
        """The result of this name or position, else `default`."""
        return super().get(self._name(key), default)


class SignatureRunner:
    """Calls one signature of a model: arrays by name in, a dictionary of arrays by name out.

    Each call resizes the inputs to the arrays' shapes and allocates the signature's own graph, so that
    `allocate_tensors()` is not needed before. Not re-entrant.
    """

    def __init__(self, interpreter: Interpreter, signature_key: str) -> None:
        """Find the signature.

        Raises:
            ValueError: the model has no signature of this key.
        """
        core = interpreter._interpreter
        found = [signature for signature in core.signatures() if signature.key == signature_key]
        if not found:
            known = ", ".join(repr(signature.key) for signature in core.signatures()) or "none"
            msg = f'Invalid signature_key provided: "{signature_key}". The model has: {known}'
            raise ValueError(msg)
        self._interpreter = interpreter
        self._signature_key = signature_key
        self._core = core
        self._graph = found[0].graph
        self._inputs = dict(found[0].inputs)
        self._outputs = dict(found[0].outputs)

    def __call__(self, **kwargs: Any) -> dict[str, Any]:
        """Run the signature; the results are copies.

        Raises:
            ValueError: inputs are missing, unknown, or not of the model's type.
            RuntimeError: the model cannot be run with these shapes or values.
        """
        if len(kwargs) != len(self._inputs):
            msg = (
                f"Invalid number of inputs provided for running a SignatureDef, expected {len(self._inputs)} "
                f"({', '.join(self._inputs)}) vs provided {len(kwargs)} ({', '.join(kwargs)})"
            )
            raise ValueError(msg)
        for name in kwargs:
            if name not in self._inputs:
                msg = f"Invalid Input name ({name}) for SignatureDef; the inputs are {', '.join(self._inputs)}"
                raise ValueError(msg)
        for name, value in kwargs.items():
            tensor = self._core.tensor(self._graph, self._inputs[name])
            self._core.resize(self._graph, tensor.index, new_shape(tensor, list(value.shape), strict=False))
        self._core.allocate(self._graph)
        for name, value in kwargs.items():
            set_values(self._core, self._graph, self._inputs[name], value)
        self._core.invoke(self._graph)
        results = {name: get_values(self._core, self._graph, self._outputs[name]) for name in sorted(self._outputs)}
        return SignatureOutputs(results, list(self._outputs))

    def get_input_details(self) -> dict[str, Any]:
        """Details of the inputs by name."""
        return self._details(self._inputs)

    def get_output_details(self) -> dict[str, Any]:
        """Details of the outputs by name."""
        return self._details(self._outputs)

    def _details(self, tensors: dict[str, int]) -> dict[str, Any]:
        compress = self._interpreter.experimental_compress_quantization_zero_points
        return {
            name: tensor_details(self._core.tensor(self._graph, tensors[name]), compress_zero_points=compress)
            for name in sorted(tensors)
        }

    def __repr__(self) -> str:
        """The call as one would write it."""
        inputs = ", ".join(self._inputs)
        return f"<litesmith SignatureRunner {self._signature_key}({inputs}) -> {', '.join(self._outputs)}>"
