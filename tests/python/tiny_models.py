"""Small .tflite files for tests, put together table by table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["Graph", "Operator", "Tensor", "build", "perceptron"]


@dataclass(frozen=True)
class Tensor:
    """A tensor; `signature` is its shape with -1, `data` makes it a constant."""

    name: str
    shape: tuple[int, ...]
    dtype: str = "FLOAT32"
    data: Any = None
    signature: tuple[int, ...] | None = None
    scales: tuple[float, ...] = ()
    zero_points: tuple[int, ...] = ()
    dimension: int = 0
    variable: bool = False


@dataclass(frozen=True)
class Operator:
    """A built-in operator by its name in the format, or a custom one by its code."""

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    version: int = 1
    custom: bool = False
    options: tuple[str, dict[str, Any]] | None = None
    custom_options: bytes = b""


@dataclass(frozen=True)
class Graph:
    """A subgraph with its signatures: key to (names of inputs, names of outputs), each name to a tensor index."""

    tensors: list[Tensor]
    operators: list[Operator]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    name: str = "main"
    signatures: dict[str, tuple[dict[str, int], dict[str, int]]] = field(default_factory=dict)


class _Builder:
    def __init__(self, schema: ModuleType) -> None:
        self.schema = schema
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.description = "litesmith test"
        self.model.buffers = [schema.BufferT()]
        self.model.operatorCodes = []
        self.model.subgraphs = []
        self.model.signatureDefs = []

    def buffer(self, data: Any) -> int:
        buffer = self.schema.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
        self.model.buffers.append(buffer)
        return len(self.model.buffers) - 1

    def tensor(self, spec: Tensor) -> Any:
        tensor = self.schema.TensorT()
        tensor.name = spec.name
        tensor.shape = list(spec.shape)
        tensor.hasRank = True
        tensor.type = getattr(self.schema.TensorType, spec.dtype)
        tensor.buffer = self.buffer(spec.data) if spec.data is not None else 0
        tensor.isVariable = spec.variable
        if spec.signature is not None:
            tensor.shapeSignature = list(spec.signature)
        if spec.scales:
            tensor.quantization = self.schema.QuantizationParametersT()
            tensor.quantization.scale = list(spec.scales)
            tensor.quantization.zeroPoint = list(spec.zero_points)
            tensor.quantization.quantizedDimension = spec.dimension
        return tensor

    def code(self, spec: Operator) -> int:
        code = self.schema.OperatorCodeT()
        number = getattr(self.schema.BuiltinOperator, "CUSTOM" if spec.custom else spec.name)
        code.builtinCode = number
        code.deprecatedBuiltinCode = min(number, 127)
        code.version = spec.version
        if spec.custom:
            code.customCode = spec.name
        self.model.operatorCodes.append(code)
        return len(self.model.operatorCodes) - 1

    def operator(self, spec: Operator) -> Any:
        operator = self.schema.OperatorT()
        operator.opcodeIndex = self.code(spec)
        operator.inputs = list(spec.inputs)
        operator.outputs = list(spec.outputs)
        if spec.custom_options:
            operator.customOptions = np.frombuffer(spec.custom_options, np.uint8)
        if spec.options is not None:
            kind, values = spec.options
            operator.builtinOptionsType = getattr(self.schema.BuiltinOptions, kind)
            operator.builtinOptions = getattr(self.schema, f"{kind}T")()
            for name, value in values.items():
                setattr(operator.builtinOptions, name, value)
        return operator

    def map(self, names: dict[str, int]) -> list[Any]:
        entries = []
        for name, index in names.items():
            entry = self.schema.TensorMapT()
            entry.name, entry.tensorIndex = name, index
            entries.append(entry)
        return entries

    def add(self, spec: Graph) -> None:
        graph = self.schema.SubGraphT()
        graph.name = spec.name
        graph.tensors = [self.tensor(tensor) for tensor in spec.tensors]
        graph.operators = [self.operator(operator) for operator in spec.operators]
        graph.inputs, graph.outputs = list(spec.inputs), list(spec.outputs)
        for key, (inputs, outputs) in spec.signatures.items():
            signature = self.schema.SignatureDefT()
            signature.signatureKey = key
            signature.subgraphIndex = len(self.model.subgraphs)
            signature.inputs, signature.outputs = self.map(inputs), self.map(outputs)
            self.model.signatureDefs.append(signature)
        self.model.subgraphs.append(graph)


def build(schema: ModuleType, *graphs: Graph) -> bytes:
    """The file's bytes; `schema` holds the classes that flatc makes."""
    import flatbuffers

    builder = _Builder(schema)
    for graph in graphs:
        builder.add(graph)
    out = flatbuffers.Builder(1024)
    out.Finish(builder.model.Pack(out), file_identifier=b"TFL3")
    return bytes(out.Output())


def perceptron(schema: ModuleType) -> bytes:
    """x [-1, 4] -> FULLY_CONNECTED -> hidden [-1, 3] -> RELU -> y; the signature names them 'image' and 'scores'."""
    graph = Graph(
        tensors=[
            Tensor("x", (1, 4), signature=(-1, 4)),
            Tensor("weights", (3, 4), data=np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)),
            Tensor("bias", (3,), data=np.array([0.5, -0.25, 0.125], np.float32)),
            Tensor("hidden", (1, 3), signature=(-1, 3)),
            Tensor("y", (1, 3), signature=(-1, 3)),
        ],
        operators=[
            Operator("FULLY_CONNECTED", (0, 1, 2), (3,), options=("FullyConnectedOptions", {})),
            Operator("RELU", (3,), (4,)),
        ],
        inputs=(0,),
        outputs=(4,),
        signatures={"serving_default": ({"image": 0}, {"scores": 4})},
    )
    return build(schema, graph)
