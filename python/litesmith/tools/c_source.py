"""Models as arrays in C, and back."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os

__all__ = ["convert_bytes_to_c_source", "xxd_output_to_bytes", "xxd_output_to_object"]

_NOTICE = """\
// A TensorFlow Lite model as an array, for devices without a file system.
"""
_LICENSE = """\
/* Copyright {year} The TensorFlow Authors. All Rights Reserved.

Licensed under the Apache License, Version 2.0 (the "License");
you may not use this file except in compliance with the License.
You may obtain a copy of the License at

    http://www.apache.org/licenses/LICENSE-2.0

Unless required by applicable law or agreed to in writing, software
distributed under the License is distributed on an "AS IS" BASIS,
WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
See the License for the specific language governing permissions and
limitations under the License.
==============================================================================*/
"""
# 16 bytes: the interpreter reads tensors where they lie.
_ALIGNED = """\
#if defined(__cplusplus) && __cplusplus >= 201103L
#define MODEL_ALIGNED alignas(16)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define MODEL_ALIGNED _Alignas(16)
#elif defined(__GNUC__)
#define MODEL_ALIGNED __attribute__((aligned(16)))
#else
#define MODEL_ALIGNED
#endif
"""


def convert_bytes_to_c_source(
    data: bytes,
    array_name: str,
    max_line_width: int = 80,
    include_guard: str | None = None,
    include_path: str | None = None,
    use_tensorflow_license: bool = False,
) -> tuple[str, str]:
    """Text of a C source and of its header that hold bytes as ``array_name`` and ``<array_name>_len``.

    Args:
        data: the model.
        array_name: an identifier of C.
        max_line_width: of the lines with numbers, which may pass it by one; at least 10.
        include_guard: macro of the header; made of the name by default.
        include_path: what the source includes, usually the path of the header.
        use_tensorflow_license: begin both with TensorFlow's license, which the model of a TensorFlow example is under.

    Raises:
        ValueError: the name is no identifier, or a line has no room for a number.
    """
    if not re.fullmatch(r"[A-Za-z_]\w*", array_name, re.ASCII):
        raise ValueError(f"array_name {array_name!r} is no identifier of C: letters, digits and _ only")
    if max_line_width < 10:
        raise ValueError(f"max_line_width {max_line_width} has no room for a number; give 10 or more")
    guard = include_guard or f"TENSORFLOW_LITE_UTIL_{array_name.upper()}_DATA_H_"
    head = f"{_LICENSE.format(year=time.gmtime().tm_year)}\n{_NOTICE}" if use_tensorflow_license else _NOTICE
    include = f'#include "{include_path}"\n\n' if include_path else ""
    source = (
        f"{head}\n{include}{_ALIGNED}\n"
        f"extern MODEL_ALIGNED const unsigned char {array_name}[] = {{\n{_rows(data, max_line_width)}}};\n"
        f"extern const int {array_name}_len = {len(data)};\n"
    )
    header = (
        f'{head}\n#ifndef {guard}\n#define {guard}\n\n#ifdef __cplusplus\nextern "C" {{\n#endif\n'
        f"extern const unsigned char {array_name}[];\nextern const int {array_name}_len;\n"
        f"#ifdef __cplusplus\n}}\n#endif\n\n#endif  // {guard}\n"
    )
    return source, header


def _rows(data: bytes, width: int) -> str:
    per_row = -((7 - width) // 6)  # as TensorFlow breaks lines
    rows = (data[start : start + per_row] for start in range(0, len(data), per_row))
    return "".join(f"    {', '.join(f'0x{byte:02x}' for byte in row)},\n" for row in rows)


def xxd_output_to_bytes(input_cc_file: str | os.PathLike[str]) -> bytes:
    """The bytes of the first array in a C source, as ``xxd -i`` and ``convert_bytes_to_c_source`` write it.

    Raises:
        ValueError: there is no array in the file, or an element that is no byte.
        OSError: the file is missing or unreadable.
    """
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", Path(input_cc_file).read_text(encoding="utf-8"), flags=re.DOTALL)
    found = re.search(r"\[\s*\w*\s*\][^{};]*=\s*\{([^}]*)\}", text)
    if found is None:
        raise ValueError(f"{input_cc_file} has no array such as 'unsigned char model[] = {{0x1c, ...}};'")
    elements = [piece.strip() for piece in found[1].split(",") if piece.strip()]
    try:
        return bytes(int(element, 0) for element in elements)
    except ValueError as error:
        raise ValueError(f"{input_cc_file}: an element of the array is not a byte ({error})") from None


def xxd_output_to_object(input_cc_file: str | os.PathLike[str]) -> Any:
    """The ``ModelT`` of a C source.

    Raises:
        ValueError, OSError: see ``xxd_output_to_bytes``; also when the bytes are no ``.tflite`` file.
    """
    from litesmith.tools.model_file import convert_bytearray_to_object

    return convert_bytearray_to_object(bytearray(xxd_output_to_bytes(input_cc_file)))
