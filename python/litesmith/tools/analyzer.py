"""``tf.lite.experimental.Analyzer``: what a model consists of, as text."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from litesmith.tools import schema
from litesmith.tools.model_edits import operator_code
from litesmith.tools.model_file import convert_bytearray_to_object

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Analyzer", "analysis"]

# Operators that TensorFlow's documentation lists for its GPU delegate.
_GPU_OPERATORS = frozenset(
    "ABS ADD AVERAGE_POOL_2D BATCH_MATMUL CAST CONCATENATION CONV_2D COS CUMSUM DENSIFY DEPTHWISE_CONV_2D DEQUANTIZE "
    "DIV ELU EQUAL EXP FLOOR FLOOR_DIV FLOOR_MOD FULLY_CONNECTED GATHER GELU GREATER GREATER_EQUAL HARD_SWISH "
    "LEAKY_RELU LESS LESS_EQUAL LOG LOGISTIC LSTM MAX_POOL_2D MAXIMUM MEAN MINIMUM MIRROR_PAD MUL NEG NOT_EQUAL "
    "ONE_HOT PACK PAD PADV2 POW PRELU QUANTIZE REDUCE_MAX REDUCE_MIN REDUCE_PROD RELU RELU6 RELU_N1_TO_1 RESHAPE "
    "RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR RSQRT SELECT SELECT_V2 SIGN SIN SLICE SOFTMAX SPACE_TO_DEPTH SPLIT "
    "SPLIT_V SQRT SQUARE SQUARED_DIFFERENCE STRIDED_SLICE SUB SUM TANH TILE TRANSPOSE TRANSPOSE_CONV".split()
)
_SHOWN_VALUES = 5
_NUMPY = {
    "FLOAT16": "<f2", "FLOAT32": "<f4", "FLOAT64": "<f8", "INT8": "<i1", "UINT8": "<u1", "INT16": "<i2",
    "UINT16": "<u2", "INT32": "<i4", "UINT32": "<u4", "INT64": "<i8", "UINT64": "<u8", "BOOL": "?",
}  # fmt: skip


class Analyzer:
    """Prints what a model consists of."""

    @staticmethod
    def analyze(
        model_path: str | os.PathLike[str] | None = None,
        model_content: bytes | bytearray | None = None,
        gpu_compatibility: bool = False,
        *,
        experimental_use_mlir: bool = False,
    ) -> None:
        """Print graphs, operators, tensors, signatures and sizes.

        Args:
            model_path: path of a ``.tflite`` file.
            model_content: the bytes of one, in its place.
            gpu_compatibility: name operators and open shapes that keep a model from running on a GPU alone.
            experimental_use_mlir: must be False: there is no MLIR here.

        Raises:
            ValueError: neither path nor content, or a damaged file.
            OSError: the file is missing or unreadable.
        """
        if not model_path and not model_content:
            raise ValueError("neither `model_path` nor `model_content` is provided")
        if experimental_use_mlir:
            raise ValueError("experimental_use_mlir=True asks for MLIR, which litesmith does not have; leave it out")
        content = bytes(model_content) if model_content else Path(model_path or "").read_bytes()
        print(analysis(content, os.fspath(model_path) if model_path else "TFLite ModelBuffer", gpu=gpu_compatibility))


def analysis(content: bytes, title: str, *, gpu: bool = False) -> str:
    """The text that ``Analyzer.analyze`` prints.

    Raises:
        ValueError: a damaged file.
    """
    model = convert_bytearray_to_object(content)
    parts = [f"=== {title} ===\n", *_introduction(model)]
    for index, graph in enumerate(model.subgraphs or []):
        parts += [_heading(index, graph), *_operators(model, graph, gpu=gpu), "", f"Tensors of Subgraph#{index}"]
        parts += [_tensor(model, number, tensor) for number, tensor in enumerate(graph.tensors or [])] + [""]
    parts += _signatures(model)
    if gpu:
        parts += _gpu_verdict(model)
    return "\n".join([*parts, *_sizes(model, len(content))])


def _names(indices: Any) -> str:
    return ", ".join(f"T#{index}" for index in ([] if indices is None else indices))


def _operator_name(model: Any, operator: Any) -> str:
    name = schema.member_name("BuiltinOperator", operator_code(model, operator)) or "unknown operator"
    custom = model.operatorCodes[operator.opcodeIndex].customCode
    return f"{name} {custom.decode(errors='replace')}" if name == "CUSTOM" and custom else name


def _introduction(model: Any) -> list[str]:
    graphs = model.subgraphs or []
    lines = [
        f"Your TFLite model has '{len(graphs)}' subgraph(s). T# stands for the number of a tensor in its subgraph."
    ]
    return [*lines, ""]


def _heading(index: int, graph: Any) -> str:
    name = f" {graph.name.decode(errors='replace')}" if graph.name else ""
    return f"Subgraph#{index}{name}({_names(graph.inputs)}) -> [{_names(graph.outputs)}]"


def _operators(model: Any, graph: Any, *, gpu: bool) -> Iterator[str]:
    for index, operator in enumerate(graph.operators or []):
        inputs = []
        for number in [] if operator.inputs is None else operator.inputs:
            values = _values(model, graph.tensors[number]) if number >= 0 else ""
            inputs.append(f"T#{number}{values}")
        name = _operator_name(model, operator)
        called = "".join(f", Subgraph#{number}" for number in _called(operator))
        yield f"  Op#{index} {name}({', '.join(inputs)}{called}) -> [{_names(operator.outputs)}]"
        if gpu:
            yield from (f"GPU COMPATIBILITY WARNING: {text}" for text in _gpu_obstacles(name, graph, operator))


def _called(operator: Any) -> list[int]:
    fields = ("thenSubgraphIndex", "elseSubgraphIndex", "condSubgraphIndex", "bodySubgraphIndex", "initSubgraphIndex")
    options = operator.builtinOptions
    return [getattr(options, name) for name in fields if hasattr(options, name)]


def _data(model: Any, tensor: Any) -> Any:
    in_range = 0 < tensor.buffer < len(model.buffers or [])
    return model.buffers[tensor.buffer].data if in_range else None


def _values(model: Any, tensor: Any) -> str:
    """The first elements of a small kind of constant: shapes, axes, biases; empty for others."""
    data = _data(model, tensor)
    name = schema.member_name("TensorType", tensor.type)
    flat = tensor.shape is None or len(tensor.shape) <= 1
    if data is None or not len(data) or name not in _NUMPY or not flat:
        return ""
    dtype = np.dtype(_NUMPY[name])
    if len(data) % dtype.itemsize:
        return ""
    array = np.frombuffer(bytes(data), dtype)
    shown = [f"{value:g}" if dtype.kind == "f" else str(value) for value in array[:_SHOWN_VALUES]]
    return f"[{', '.join(shown)}{', ...' if array.size > _SHOWN_VALUES else ''}]"


def _shape(values: Any) -> str:
    return f"[{', '.join(str(value) for value in ([] if values is None else values))}]"


def _tensor(model: Any, index: int, tensor: Any) -> str:
    name = (tensor.name or b"").decode(errors="replace")
    kind = schema.member_name("TensorType", tensor.type) or f"type {tensor.type}"
    line = f"  T#{index}({name}) shape:{_shape(tensor.shape)}"
    if tensor.shapeSignature is not None and len(tensor.shapeSignature):
        line += f", shape_signature:{_shape(tensor.shapeSignature)}"
    line += f", type:{kind}"
    data = _data(model, tensor)
    if data is None or not len(data):
        return f"{line} variable" if tensor.isVariable else line
    values = _values(model, tensor)
    return f"{line} RO {len(data)} bytes, buffer: {tensor.buffer}{', data:' if values else ''}{values}"


def _signatures(model: Any) -> list[str]:
    found = model.signatureDefs or []
    if not found:
        return []
    lines = ["---------------------------------------------------------------"]
    lines += [f"Your TFLite model has '{len(found)}' signature_def(s).", ""]
    for index, signature in enumerate(found):
        lines += [f"Signature#{index} key: '{(signature.signatureKey or b'').decode(errors='replace')}'"]
        lines += [f"- Subgraph: Subgraph#{signature.subgraphIndex}"]
        for title, entries in (("- Inputs: ", signature.inputs), ("- Outputs: ", signature.outputs)):
            lines.append(title)
            for entry in entries or []:
                lines.append(f"    '{(entry.name or b'').decode(errors='replace')}' : T#{entry.tensorIndex}")
        lines.append("")
    return lines


def _gpu_obstacles(name: str, graph: Any, operator: Any) -> Iterator[str]:
    if name not in _GPU_OPERATORS:
        yield f"Not supported op {name}"
    indices = [*([] if operator.inputs is None else operator.inputs), *operator.outputs]
    for number in indices:
        signature = graph.tensors[number].shapeSignature if number >= 0 else None
        if signature is not None and any(size < 0 for size in signature):
            yield f"T#{number} has an open shape; give it a fixed one"


def _gpu_verdict(model: Any) -> list[str]:
    bad = [
        text
        for graph in model.subgraphs or []
        for operator in graph.operators or []
        for text in _gpu_obstacles(_operator_name(model, operator), graph, operator)
    ]
    if bad:
        return [f"Some parts of the model do not run on a GPU: {len(bad)} warnings above.", ""]
    return [
        "Your model looks compatible with GPU delegate: every operator is one that it lists, and every shape is fixed.",
        "Options and types of single operators have not been looked at.",
        "",
    ]


def _sizes(model: Any, size: int) -> list[str]:
    buffers = [buffer.data for buffer in model.buffers or [] if buffer.data is not None]
    data = sum(len(buffer) for buffer in buffers)
    zeros = sum(len(buffer) for buffer in buffers if len(buffer) and not np.any(buffer))
    rows = (("Non-data buffer size", size - data), ("Total data buffer size", data), ("(Zero value buffers)", zeros))
    lines = ["-" * 63, f"{'Model size':>24}: {size:>10} bytes"]
    lines += [f"{title:>24}: {count:>10} bytes ({100 * count / size:05.2f} %)" for title, count in rows]
    return [*lines, "", "Data buffers hold constant tensors; zero value buffers hold nothing but zeros.", ""]
