"""TensorFlow's ``tensorflow.lite.tools.flatbuffer_utils``: the same names, without TensorFlow and flatbuffers."""

from __future__ import annotations

from typing import Any

from litesmith.tools.byte_order import (
    byte_swap_buffer_content,
    byte_swap_string_content,
    byte_swap_tflite_buffer,
    byte_swap_tflite_model_obj,
)
from litesmith.tools.c_source import xxd_output_to_bytes, xxd_output_to_object
from litesmith.tools.model_edits import (
    count_resource_variables,
    randomize_weights,
    rename_custom_ops,
    strip_strings,
)
from litesmith.tools.model_file import (
    convert_bytearray_to_object,
    convert_object_to_bytearray,
    read_model,
    read_model_from_bytearray,
    read_model_with_mutable_tensors,
    write_model,
)
from litesmith.tools.schema import TableObject, member_name

__all__ = [
    "byte_swap_buffer_content",
    "byte_swap_string_content",
    "byte_swap_tflite_buffer",
    "byte_swap_tflite_model_obj",
    "convert_bytearray_to_object",
    "convert_object_to_bytearray",
    "count_resource_variables",
    "get_options_as",
    "opcode_to_name",
    "randomize_weights",
    "read_model",
    "read_model_from_bytearray",
    "read_model_with_mutable_tensors",
    "rename_custom_ops",
    "strip_strings",
    "type_to_name",
    "write_model",
    "xxd_output_to_bytes",
    "xxd_output_to_object",
]


def opcode_to_name(model: Any, op_code: int) -> str | None:
    """The name of the operator at an index of ``model.operatorCodes``; None for numbers without a name."""
    code = model.operatorCodes[op_code]
    return member_name("BuiltinOperator", max(code.builtinCode, code.deprecatedBuiltinCode))


def type_to_name(tensor_type: int) -> str | None:
    """The name of a number of ``TensorType``; None where there is none."""
    return member_name("TensorType", tensor_type)


def get_options_as(op: Any, opts_type: type[Any]) -> Any:
    """The options of an ``OperatorT`` when they are of a class, else None.

    Raises:
        ValueError: the class is none of the options of the schema.
    """
    if not (
        isinstance(opts_type, type) and issubclass(opts_type, TableObject) and opts_type.__name__.endswith("OptionsT")
    ):
        raise ValueError(f"{opts_type!r} is no class of options, such as litesmith.tools.schema.AddOptionsT")
    for options in (op.builtinOptions, op.builtinOptions2):
        if isinstance(options, opts_type):
            return options
    return None
