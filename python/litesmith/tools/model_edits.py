"""Changes to a model's object form: names away, weights at random, custom operators renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from litesmith.tools import schema

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["count_resource_variables", "operator_code", "randomize_weights", "rename_custom_ops", "strip_strings"]


def operator_code(model: Any, operator: Any) -> int:
    """The number of an operator in ``schema.BuiltinOperator``."""
    code = model.operatorCodes[operator.opcodeIndex]
    return int(max(code.builtinCode, code.deprecatedBuiltinCode))


def strip_strings(model: Any) -> None:
    """Take the description, the names of graphs and tensors, and the signatures out of a ``ModelT``."""
    model.description = None
    model.signatureDefs = None
    for graph in model.subgraphs:
        graph.name = None
        for tensor in graph.tensors or []:
            tensor.name = None


def randomize_weights(model: Any, random_seed: int = 0, buffers_to_skip: Collection[int] | None = None) -> None:
    """Replace the weights of a ``ModelT`` by random values.

    Floats become uniform in [-0.5, 0.5), quantized integers in the whole range of their type. Other integers, such as
    shapes and axes, stay: the model still runs.

    Args:
        model: changed in place.
        random_seed: equal seeds give equal weights.
        buffers_to_skip: indices of buffers that stay.
    """
    random = np.random.default_rng(random_seed)
    skipped = set(buffers_to_skip or ())
    tensors = {tensor.buffer: tensor for graph in model.subgraphs for tensor in graph.tensors or []}
    for index, buffer in enumerate(model.buffers):
        tensor = tensors.get(index)
        if index in skipped or tensor is None or buffer.data is None or not len(buffer.data):
            continue
        values = _random_like(random, tensor, len(buffer.data))
        if values is not None:
            buffer.data = np.frombuffer(values.tobytes(), np.uint8).copy()


_FLOATS = {"FLOAT16": "float16", "FLOAT32": "float32", "FLOAT64": "float64"}
_INTEGERS = {"INT4", "INT8", "UINT8", "INT16", "INT32", "INT64"}


def _random_like(random: np.random.Generator, tensor: Any, size: int) -> np.ndarray[Any, Any] | None:
    name = schema.member_name("TensorType", tensor.type)
    if name in _FLOATS:
        dtype = np.dtype(_FLOATS[name])
        return random.uniform(-0.5, 0.5, size // dtype.itemsize).astype(dtype)
    quantization = tensor.quantization
    quantized = quantization is not None and quantization.scale is not None and len(quantization.scale) > 0
    return random.integers(0, 256, size, np.uint8) if quantized and name in _INTEGERS else None


def rename_custom_ops(model: Any, map_custom_op_renames: Mapping[str, str]) -> None:
    """Rename custom operators of a ``ModelT`` by a mapping from old to new names."""
    for code in model.operatorCodes or []:
        if code.customCode:
            old = code.customCode.decode() if isinstance(code.customCode, bytes) else code.customCode
            if old in map_custom_op_renames:
                code.customCode = map_custom_op_renames[old].encode("ascii")


def count_resource_variables(model: Any) -> int:
    """How many different variables the VAR_HANDLE operators of a model name.

    Args:
        model: a ``ModelT``, or the bytes of a file.
    """
    if isinstance(model, (bytes, bytearray)):
        from litesmith.tools.model_file import convert_bytearray_to_object

        model = convert_bytearray_to_object(model)
    handle = schema.BuiltinOperator.VAR_HANDLE
    return len(
        {
            (operator.builtinOptions.container, operator.builtinOptions.sharedName)
            for graph in model.subgraphs
            for operator in graph.operators or []
            if operator_code(model, operator) == handle and operator.builtinOptions is not None
        }
    )
