"""Integer inputs and outputs for models that are quantized inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from litesmith import dtypes
from litesmith.tools import schema
from litesmith.tools.model_edits import operator_code
from litesmith.tools.model_file import convert_bytearray_to_object, convert_object_to_bytearray

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["modify_model_io_type"]

_ALLOWED = {"INT8": ("int8", "uint8"), "INT16": ("int16",)}
_UNSIGNED_SHIFT = 128


def modify_model_io_type(
    model: bytes | bytearray,
    inference_input_type: Any = dtypes.float32,
    inference_output_type: Any = dtypes.float32,
) -> bytes:
    """Change the float inputs and outputs of a quantized model to integers; those that are not float stay.

    int8 and int16 take the QUANTIZE at the input and the DEQUANTIZE at the output away; uint8 lets them convert between
    uint8 and int8.

    Args:
        model: the bytes of a file.
        inference_input_type: ``float32`` leaves the inputs, ``int8`` or ``uint8`` are for int8 models, ``int16`` for
            int16 models.
        inference_output_type: the same for outputs.

    Raises:
        ValueError: a type that the model cannot have, or a damaged file.
    """
    wanted = [dtypes.as_dtype(value).name for value in (inference_input_type, inference_output_type)]
    if wanted == ["float32", "float32"]:
        return bytes(model)
    opened = convert_bytearray_to_object(model)
    for index, graph in enumerate(opened.subgraphs):
        maps = [one for one in opened.signatureDefs or [] if one.subgraphIndex == index]
        if wanted[0] != "float32":
            _inputs(opened, graph, wanted[0], [entry for one in maps for entry in one.inputs or []])
        if wanted[1] != "float32":
            _outputs(opened, graph, wanted[1], [entry for one in maps for entry in one.outputs or []])
        _drop_unused(graph, [entry for one in maps for entry in [*(one.inputs or []), *(one.outputs or [])]])
    return convert_object_to_bytearray(opened)


def _check(wanted: str, inner: Any, argument: str) -> str:
    """The type of the quantized tensor, when it may have the wanted one outside."""
    name = schema.member_name("TensorType", inner.type) or str(inner.type)
    allowed = _ALLOWED.get(name, ())
    if wanted not in allowed:
        choices = ", ".join(f"'tf.{one}'" for one in allowed) or "nothing but tf.float32"
        raise ValueError(
            f"Unsupported `{argument}` value. Expected to be in ({choices}), instead got tf.{wanted}: the model is "
            f"{name} inside."
        )
    return name


def _inputs(model: Any, graph: Any, wanted: str, entries: Sequence[Any]) -> None:
    def quantizes(operator: Any) -> bool:
        return bool(operator_code(model, operator) == schema.BuiltinOperator.QUANTIZE)

    for place, outer in enumerate(graph.inputs):
        readers = [one for one in graph.operators or [] if outer in one.inputs]
        if graph.tensors[outer].type != schema.TensorType.FLOAT32 or not readers or not all(map(quantizes, readers)):
            continue
        inner = graph.tensors[readers[0].outputs[0]]
        name = _check(wanted, inner, "inference_input_type")
        if wanted.upper() != name:
            _make_unsigned(graph.tensors[outer], inner)
        elif len(readers) == 1:
            _replace(graph, "inputs", place, int(readers[0].outputs[0]), entries)
            graph.operators = [one for one in graph.operators if one is not readers[0]]
        else:
            graph.tensors[outer].type, graph.tensors[outer].quantization = inner.type, inner.quantization


def _outputs(model: Any, graph: Any, wanted: str, entries: Sequence[Any]) -> None:
    for place, outer in enumerate(graph.outputs):
        makers = [one for one in graph.operators or [] if outer in one.outputs]
        if graph.tensors[outer].type != schema.TensorType.FLOAT32 or len(makers) != 1:
            continue
        if operator_code(model, makers[0]) != schema.BuiltinOperator.DEQUANTIZE:
            continue
        inner = graph.tensors[makers[0].inputs[0]]
        name = _check(wanted, inner, "inference_output_type")
        read = any(outer in one.inputs for one in graph.operators)
        if read or list(graph.outputs).count(outer) > 1:
            raise ValueError(
                f"the output '{(graph.tensors[outer].name or b'').decode(errors='replace')}' is used elsewhere as "
                "float32; convert the model anew with inference_output_type instead"
            )
        if wanted.upper() == name:
            _replace(graph, "outputs", place, int(makers[0].inputs[0]), entries)
            graph.operators = [one for one in graph.operators if one is not makers[0]]
            continue
        _make_unsigned(graph.tensors[outer], inner)
        makers[0].opcodeIndex = _quantize_code(model)
        makers[0].builtinOptionsType = schema.BuiltinOptions.QuantizeOptions
        makers[0].builtinOptions = schema.QuantizeOptionsT()


def _replace(graph: Any, way: str, place: int, tensor: int, entries: Sequence[Any]) -> None:
    indices = np.array(getattr(graph, way))
    for entry in entries:
        if entry.tensorIndex == indices[place]:
            entry.tensorIndex = tensor
    indices[place] = tensor
    setattr(graph, way, indices)


def _make_unsigned(outer: Any, inner: Any) -> None:
    zero_points = np.array(inner.quantization.zeroPoint) + _UNSIGNED_SHIFT
    outer.type = schema.TensorType.UINT8
    outer.quantization = schema.QuantizationParametersT(scale=inner.quantization.scale, zeroPoint=zero_points)


def _quantize_code(model: Any) -> int:
    number = schema.BuiltinOperator.QUANTIZE
    for index, code in enumerate(model.operatorCodes):
        if max(code.builtinCode, code.deprecatedBuiltinCode) == number:
            return index
    model.operatorCodes.append(schema.OperatorCodeT(builtinCode=number, deprecatedBuiltinCode=number, version=1))
    return len(model.operatorCodes) - 1


def _drop_unused(graph: Any, entries: Sequence[Any]) -> None:
    """Take tensors away that nothing reads, writes or names."""
    used = {int(index) for index in (*graph.inputs, *graph.outputs)} | {entry.tensorIndex for entry in entries}
    fields = ("inputs", "outputs", "intermediates")
    for operator in graph.operators or []:
        for name in fields:
            indices = getattr(operator, name)
            used |= {int(index) for index in ([] if indices is None else indices)}
    kept = [index for index in range(len(graph.tensors)) if index in used]
    moved = {old: new for new, old in enumerate(kept)} | {-1: -1}
    graph.tensors = [graph.tensors[index] for index in kept]
    renumbered: Callable[[Any], Any] = lambda indices: np.array([moved[int(one)] for one in indices], np.int32)  # noqa: E731
    graph.inputs, graph.outputs = renumbered(graph.inputs), renumbered(graph.outputs)
    for operator in graph.operators or []:
        for name in fields:
            if getattr(operator, name) is not None:
                setattr(operator, name, renumbered(getattr(operator, name)))
    for entry in entries:
        entry.tensorIndex = moved[entry.tensorIndex]
