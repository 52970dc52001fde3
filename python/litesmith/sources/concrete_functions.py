"""Live concrete functions of TensorFlow 2; TensorFlow is never imported, the user's objects answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from litesmith.sources.graph_source import GraphInterface, GraphPort, GraphSource
from litesmith.sources.tensorflow_session import graph_port

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from litesmith.conversion_request import ConversionRequest
    from litesmith.sources.model_source import ImportedModel

__all__ = ["ConcreteFunctions"]

_DEFAULT_KEY = "serving_default"


@dataclass(frozen=True, eq=False)
class ConcreteFunctions:
    """A function of a traced graph with its variables.

    Attributes:
        functions: what ``get_concrete_function`` returned.
        tracked: the object that owns the variables; with it the model has signatures, as in ``tf.lite``.
    """

    functions: tuple[Any, ...]
    tracked: Any = None

    @classmethod
    def of(cls, functions: Iterable[Any], tracked: Any = None) -> ConcreteFunctions:
        """Check what ``from_concrete_functions`` was given.

        Raises:
            ValueError: a function that has not been traced for certain inputs.
            TypeError: no list, or something in it that is no function of TensorFlow.
        """
        listed = tuple(functions)
        for function in listed:
            if hasattr(function, "graph"):
                continue
            if hasattr(function, "get_concrete_function"):
                raise ValueError(
                    "This function takes in a list of ConcreteFunction. To get the ConcreteFunction from a Function, "
                    f"call get_concrete_function. {function!r} is a Function; call its get_concrete_function with "
                    "a tf.TensorSpec for each argument"
                )
            raise TypeError(f"funcs contains {function!r}, which is no ConcreteFunction")
        return cls(listed, tracked)

    @property
    def name(self) -> str:
        """The name of the first function."""
        return str(getattr(self.functions[0], "name", "function")) if self.functions else "function"

    def describe(self) -> str:
        """How many functions, and their names."""
        names = ", ".join(str(getattr(function, "name", "unnamed")) for function in self.functions)
        return f"concrete functions {names}" if names else "no concrete function"

    def input_arrays(self) -> list[str]:
        """Names of the inputs of the first function."""
        return [port.array for port in self._ports(self.functions[0])] if self.functions else []

    def import_(self, request: ConversionRequest) -> ImportedModel:
        """Read the graph of the function, and the values of what it captures.

        Raises:
            ValueError: there is no function, or more than one; see also ``GraphSource.import_``.
            ConverterError: see ``GraphSource.import_``.
        """
        if not self.functions:
            raise ValueError("No ConcreteFunction is specified.")
        if len(self.functions) > 1:
            raise ValueError(
                f"{len(self.functions)} functions are given, and one is converted at a time; save the module with "
                "tf.saved_model.save(module, folder, signatures={...}) and use from_saved_model(folder)"
            )
        function = self.functions[0]
        inputs = tuple(self._ports(function))
        outputs = tuple(graph_port(tensor, "outputs")._replace(shape=None, dtype=None) for tensor in function.outputs)
        key = ""
        if self.tracked is not None:
            key, inputs, outputs = _DEFAULT_KEY, _named(inputs, None), _named(outputs, _output_names(function))
        graph = function.graph.as_graph_def().SerializeToString()
        interface = GraphInterface(key, inputs, outputs)
        return GraphSource(self.describe(), bytes(graph), (interface,), _captured(function)).import_(request)

    @staticmethod
    def _ports(function: Any) -> list[GraphPort]:
        inner = {id(placeholder) for _, placeholder in function.graph.captures}
        return [graph_port(tensor, "inputs") for tensor in function.inputs if id(tensor) not in inner]


def _named(ports: tuple[GraphPort, ...], names: list[str] | None) -> tuple[GraphPort, ...]:
    given = names or [port.array for port in ports]
    return tuple(port._replace(name=name) for port, name in zip(ports, given, strict=True))


def _output_names(function: Any) -> list[str]:
    structure = function.structured_outputs
    if isinstance(structure, dict) and len(structure) == len(function.outputs):
        return sorted(structure)
    return [f"output_{index}" for index in range(len(function.outputs))]


def _captured(function: Any) -> dict[str, NDArray[Any]]:
    import numpy as np

    variables = {id(variable.handle): variable for variable in function.graph.variables}
    values = {}
    for outer, inner in function.graph.captures:
        node = inner.name.removesuffix(":0")
        variable = variables.get(id(outer))
        if variable is not None:
            values[node] = np.asarray(variable.numpy())
        elif hasattr(outer, "numpy"):
            values[node] = np.asarray(outer.numpy())
        else:
            raise ValueError(
                f"the function captures '{getattr(outer, 'name', outer)}', which has no value outside of TensorFlow; "
                "make it a tf.Variable or an argument"
            )
    return values
