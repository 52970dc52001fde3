"""A model as one HTML page; the names of TensorFlow's ``tensorflow.lite.tools.visualize``."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from litesmith.tools import schema
from litesmith.tools.model_file import convert_bytearray_to_object

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

__all__ = [
    "BuiltinCodeToName",
    "CamelCaseToSnakeCase",
    "CreateDictFromFlatbuffer",
    "NameListToString",
    "TensorTypeToName",
    "create_html",
]


def create_html(tflite_input: str | os.PathLike[str] | bytes, input_is_filepath: bool = True) -> str:
    """The page: drawings of the graphs, operators, tensors, signatures and metadata; it fetches nothing.

    Args:
        tflite_input: path of a ``.tflite`` file, or its bytes.
        input_is_filepath: it is a path.

    Raises:
        OSError: the file is missing or unreadable.
        ValueError: it is not a ``.tflite`` file, or damaged.
    """
    from litesmith import _core
    from litesmith.reports.model_page import model_page

    if isinstance(tflite_input, (bytes, bytearray)):
        name, content = "model", bytes(tflite_input)
    elif input_is_filepath:
        name, content = Path(tflite_input).name, Path(tflite_input).read_bytes()
    else:
        raise TypeError("input_is_filepath is False, and tflite_input is no bytes")
    return model_page(json.loads(_core.describe_content(content, name)), name, len(content))


def BuiltinCodeToName(code: int) -> str | None:
    """The name of an operator's number; None where it has none."""
    return schema.member_name("BuiltinOperator", code)


def TensorTypeToName(tensor_type: int) -> str | None:
    """The name of an element type's number; None where it has none."""
    return schema.member_name("TensorType", tensor_type)


def NameListToString(name_list: Iterable[int] | str) -> str:
    """The text of a list of characters' numbers."""
    return name_list if isinstance(name_list, str) else "".join(chr(int(number)) for number in name_list)


def CamelCaseToSnakeCase(camel_case_input: str) -> str:
    """``SomeName`` as ``some_name``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", camel_case_input).lower()


def CreateDictFromFlatbuffer(buffer_data: bytes | bytearray) -> dict[str, Any]:
    """A file as dicts and lists, with the schema's field names.

    Raises:
        ValueError: it is not a ``.tflite`` file, or damaged.
    """
    plain: dict[str, Any] = _plain(convert_bytearray_to_object(buffer_data))
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, schema.TableObject):
        return {CamelCaseToSnakeCase(name): _plain(field) for name, field in vars(value).items()}
    if isinstance(value, (list, np.ndarray)):
        return [_plain(element) for element in value]
    if isinstance(value, bytes):
        return list(value)
    return value.item() if isinstance(value, np.generic) else value


if __name__ == "__main__":
    from litesmith.cli.tool_commands import run_tool

    sys.exit(run_tool("visualize"))
