"""A float32 model of every operator with made-up ranges, and TensorFlow's int8 of it; run by a Python with TensorFlow.

Usage: parity_single_ops.py ARCHIVE FOLDER, where ARCHIVE is the folder of the single-operator archive. Writes
OPERATOR.ranges.tflite and, where TensorFlow does not refuse or die, OPERATOR.int8.tflite.
"""

from __future__ import annotations

import json
import os
import sys
import zlib
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.python.convert import mlir_quantize
from tensorflow.lite.tools.flatbuffer_utils import convert_object_to_bytearray

PLAIN = {"float32", "int32", "int64", "bool"}


def is_plain(case: dict[str, Any]) -> bool:
    tensors = case["inputs"] + case["outputs"]
    types = {tensor["dtype"] for tensor in tensors}
    return "float32" in {t["dtype"] for t in case["inputs"]} and types <= PLAIN and not case.get("hybrid")


def with_ranges(blob: bytes) -> bytes:
    """Computed and fed float tensors of the main graph get ranges that differ."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(blob, 0))
    step = 0
    for tensor in model.subgraphs[0].tensors:
        data = model.buffers[tensor.buffer].data
        if tensor.type != schema.TensorType.FLOAT32 or (data is not None and len(data)):
            continue
        step += 1
        tensor.quantization = schema.QuantizationParametersT()
        tensor.quantization.min = np.array([-1 - 0.1 * step], np.float32)
        tensor.quantization.max = np.array([2 + 0.3 * step], np.float32)
    return bytes(convert_object_to_bytearray(model))


def main(archive: Path, folder: Path) -> None:
    cases: dict[str, dict[str, Any]] = {}
    for case in json.loads((archive / "index.json").read_text())["cases"]:
        if is_plain(case):
            cases.setdefault(case["op"], case)
    packed = (archive / "cases.bin").read_bytes()
    for name, case in cases.items():
        offset, length = case["at"]
        blob = with_ranges(zlib.decompress(packed[offset : offset + length])[: case["model"]])
        (folder / f"{name}.ranges.tflite").write_bytes(blob)
        child = os.fork()  # the quantizer dies on some operators
        if child == 0:
            try:
                quantized = mlir_quantize(blob)
                if quantized:
                    (folder / f"{name}.int8.tflite").write_bytes(quantized)
            finally:
                os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
