"""A live session of TensorFlow 1; TensorFlow is never imported, the user's objects answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from litesmith.sources.array_names import shape_of
from litesmith.sources.graph_source import GraphInterface, GraphPort, GraphSource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from litesmith.conversion_request import ConversionRequest
    from litesmith.sources.model_source import ImportedModel

__all__ = ["TensorFlowSession", "graph_port"]

_VALUES = ("VariableV2", "Variable")
_HANDLE = "VarHandleOp"
_READ = "ReadVariableOp"


def graph_port(tensor: Any, argument: str) -> GraphPort:
    """The port of a tensor of TensorFlow.

    Raises:
        TypeError: it has no name, or that of an operation.
    """
    name = getattr(tensor, "name", None)
    if not isinstance(name, str) or not hasattr(tensor, "dtype"):
        raise TypeError(f"{argument} contains {tensor!r}, which is no tensor of the graph")
    dtype = getattr(tensor.dtype, "base_dtype", tensor.dtype)
    return GraphPort("", name.removesuffix(":0"), shape=shape_of(tensor.shape, name), dtype=dtype.name)


@dataclass(frozen=True, eq=False)
class TensorFlowSession:
    """A session, and the tensors between which its graph is converted.

    Attributes:
        session: ``tf.compat.v1.Session``, still open when the model is converted.
        inputs: tensors that become the inputs.
        outputs: tensors that become the outputs.
    """

    session: Any
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]

    @classmethod
    def of(cls, session: Any, inputs: Iterable[Any], outputs: Iterable[Any]) -> TensorFlowSession:
        """Check what ``from_session`` was given.

        Raises:
            TypeError: something that is no tensor.
        """
        source = cls(session, tuple(inputs), tuple(outputs))
        for argument, tensors in (("input_tensors", source.inputs), ("output_tensors", source.outputs)):
            for tensor in tensors:
                graph_port(tensor, argument)
        return source

    @property
    def name(self) -> str:
        """There is no name."""
        return "session"

    def describe(self) -> str:
        """Which part of the graph."""
        return f"a session from {', '.join(self.input_arrays())} to {', '.join(one.name for one in self.outputs)}"

    def input_arrays(self) -> list[str]:
        """Names of the input tensors, without ``:0``."""
        return [tensor.name.removesuffix(":0") for tensor in self.inputs]

    def import_(self, request: ConversionRequest) -> ImportedModel:
        """Read the graph, and the values that its variables have now.

        Raises:
            ValueError: a variable has no value; see also ``GraphSource.import_``.
            ConverterError: see ``GraphSource.import_``.
        """
        inputs = tuple(graph_port(tensor, "input_tensors") for tensor in self.inputs)
        outputs = tuple(graph_port(tensor, "output_tensors")._replace(shape=None) for tensor in self.outputs)
        graph = self.session.graph.as_graph_def(add_shapes=True).SerializeToString()
        interface = GraphInterface("", inputs, outputs)
        return GraphSource("the session", bytes(graph), (interface,), self._variables(), kind="session").import_(
            request
        )

    def _variables(self) -> dict[str, NDArray[Any]]:
        import numpy as np

        holders = [op for op in self._needed() if op.type in (*_VALUES, _HANDLE)]
        tensors = {op.name: op.outputs[0] if op.type in _VALUES else _read_of(op) for op in holders}
        if not tensors:
            return {}
        try:
            values = self.session.run(tensors)
        except Exception as error:  # classes of the user's TensorFlow, which is not ours to import
            raise ValueError(
                f"the session gives no values for the variables {', '.join(sorted(tensors))}; restore a checkpoint or "
                f"run the initializer first. TensorFlow says: {error}"
            ) from error
        return {name: np.asarray(value) for name, value in values.items()}

    def _needed(self) -> Iterable[Any]:
        """Operations that the outputs depend on, up to the inputs."""
        stops = {tensor.name for tensor in self.inputs}
        seen: dict[str, Any] = {}
        pending = [tensor.op for tensor in self.outputs]
        while pending:
            op = pending.pop()
            if op.name in seen:
                continue
            seen[op.name] = op
            pending += [tensor.op for tensor in op.inputs if tensor.name not in stops]
            pending += list(op.control_inputs)
        return seen.values()


def _read_of(handle: Any) -> Any:
    for consumer in handle.outputs[0].consumers():
        if consumer.type == _READ:
            return consumer.outputs[0]
    raise ValueError(
        f"nothing in the graph reads the variable '{handle.name}' directly; freeze the graph first "
        "(litesmith.tools.freeze_graph) and use from_frozen_graph"
    )
