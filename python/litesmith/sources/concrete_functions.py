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
    """Functions of traced graphs with their variables.

    Attributes:
        functions: what ``get_concrete_function`` returned.
        tracked: the object that owns the variables; with it the model has signatures, as in ``tf.lite``.
        output_names: names of the outputs of the only function; those of its structured outputs by default.
    """

    functions: tuple[Any, ...]
    tracked: Any = None
    output_names: tuple[str, ...] = ()

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
        """Read the graphs of the functions, and the values of what they capture.

        Raises:
            ValueError: there is no function, or several without the object that owns their variables; see also
                ``GraphSource.import_``.
            ConverterError: see ``GraphSource.import_``.
        """
        if not self.functions:
            raise ValueError("No ConcreteFunction is specified.")
        if len(self.functions) > 1 and self.tracked is None:
            raise ValueError(
                f"{len(self.functions)} functions are given, and a model with several needs signatures to tell them "
                "apart: pass trackable_obj, the tf.Module that owns them"
            )
        single = len(self.functions) == 1
        prefixes = [""] if single else [f"{index}/" for index in range(len(self.functions))]
        keys = [_DEFAULT_KEY] if single else [str(function.graph.name) for function in self.functions]
        interfaces, variables = [], {}
        for function, prefix, key in zip(self.functions, prefixes, keys, strict=True):
            interfaces.append(self._interface(function, prefix, key))
            variables.update({f"{prefix}{node}": value for node, value in _captured(function).items()})
        graph = _joined([function.graph.as_graph_def() for function in self.functions], prefixes)
        return GraphSource(self.describe(), graph, tuple(interfaces), variables, kind="functions").import_(request)

    def _interface(self, function: Any, prefix: str, key: str) -> GraphInterface:
        inputs = [port._replace(name=port.array) for port in self._ports(function)]
        outputs = [
            graph_port(tensor, "outputs")._replace(name=name, shape=None, dtype=None)
            for tensor, name in zip(function.outputs, self.output_names or _output_names(function), strict=True)
        ]
        named = self.tracked is not None

        def placed(port: GraphPort) -> GraphPort:
            return port._replace(name=port.name if named else "", array=f"{prefix}{port.array}")

        return GraphInterface(key if named else "", tuple(map(placed, inputs)), tuple(map(placed, outputs)))

    @staticmethod
    def _ports(function: Any) -> list[GraphPort]:
        inner = {id(placeholder) for _, placeholder in function.graph.captures}
        return [graph_port(tensor, "inputs") for tensor in function.inputs if id(tensor) not in inner]


def _joined(graphs: list[Any], prefixes: list[str]) -> bytes:
    """One graph of several, the names of their nodes behind prefixes; they share their functions."""
    if len(graphs) == 1:
        return bytes(graphs[0].SerializeToString())
    whole = type(graphs[0])()
    whole.versions.CopyFrom(graphs[0].versions)
    known: set[str] = set()
    for graph, prefix in zip(graphs, prefixes, strict=True):
        for node in graph.node:
            copied = whole.node.add()
            copied.CopyFrom(node)
            copied.name = f"{prefix}{node.name}"
            del copied.input[:]
            copied.input.extend(
                f"^{prefix}{one[1:]}" if one.startswith("^") else f"{prefix}{one}" for one in node.input
            )
        for function in graph.library.function:
            if function.signature.name not in known:
                known.add(function.signature.name)
                whole.library.function.add().CopyFrom(function)
    return bytes(whole.SerializeToString())


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
        elif str(getattr(outer.dtype, "name", outer.dtype)) == "resource":
            raise ValueError(
                f"the function captures '{node}', a table or another resource that is no variable; save the module "
                "that owns it with tf.saved_model.save and convert the folder, which has the content of its tables"
            )
        elif hasattr(outer, "numpy"):
            values[node] = np.asarray(outer.numpy())
        else:
            raise ValueError(
                f"the function captures '{getattr(outer, 'name', outer)}', which has no value outside of TensorFlow; "
                "make it a tf.Variable or an argument"
            )
    return values
