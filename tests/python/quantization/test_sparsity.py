"""Sparse weights and types of reduced precision, against what TensorFlow makes of the same models."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from file_difference import difference
from tensorflow_process import tensorflow_python

from litesmith import _core
from litesmith.interpreter import Interpreter
from litesmith.quantization.policy import QuantizationPolicy

if TYPE_CHECKING:
    from types import ModuleType

MODELS = Path(__file__).with_name("sparse_models.py")
POLICIES: dict[str, dict[str, Any]] = {
    "float32": {"sparse": True},
    "float16": {"mode": "float16", "sparse": True},
    "dynamic_range": {"mode": "dynamic_range", "sparse": True},
    "int8": {"mode": "int8", "sparse": True},
    "bfloat16": {"bfloat16": True},
    "halves": {"mode": "float16", "accumulation_type": "float16"},
    "both_halves": {"mode": "float16", "bfloat16": True},
}
# TensorFlow gives these blocks to DEQUANTIZE, which reads them as if they were dense.
BEHIND_DENSIFY = {"dense_0.5_by_4", "dense_0.9_by_4", "dense_0.5_by_16", "dense_0.9_by_16"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """NAME.ranges.tflite and NAME.FORM.tflite for every model and form."""
    folder = tmp_path_factory.mktemp("sparse")
    command = [tensorflow_python(), MODELS, folder]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)
    assert finished.returncode == 0, finished.stderr[-3000:]
    return folder


def converted(blob: bytes, **policy: Any) -> bytes:
    conversion = _core.Conversion.from_tflite(blob, "model", True, 2)
    conversion.quantize(QuantizationPolicy(**policy), conversion.recorded_ranges())
    return conversion.write()


def _level(level: Any) -> list[Any]:
    vectors = [[] if it is None else it.values for it in (level.arraySegments, level.arrayIndices)]
    types = [level.format, level.denseSize, level.arraySegmentsType, level.arrayIndicesType]
    return [*types, *([int(value) for value in values] for values in vectors)]


def structure(schema: ModuleType, blob: bytes) -> dict[str, Any]:
    """Operators with their versions, sparse constants in full, metadata about types and modes."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(blob, 0))
    graph = model.subgraphs[0]
    sparse = []
    for tensor in graph.tensors:
        storage = tensor.sparsity
        if storage is None:
            continue
        levels = [_level(level) for level in storage.dimMetadata]
        blocks = None if storage.blockMap is None else tuple(storage.blockMap)
        data = bytes(model.buffers[tensor.buffer].data)
        sparse.append((tuple(tensor.shape), tensor.type, tuple(storage.traversalOrder), blocks, levels, data))
    codes = [model.operatorCodes[node.opcodeIndex] for node in graph.operators]
    entries = {entry.name: bytes(model.buffers[entry.buffer].data) for entry in model.metadata}
    numbers = entries[b"CONVERSION_METADATA"]
    modes = np.frombuffer(numbers[: len(numbers) // 4 * 4], np.int32)
    return {
        "operators": Counter((max(code.builtinCode, code.deprecatedBuiltinCode), code.version) for code in codes),
        "sparse": sorted(sparse, key=repr),
        "precision": entries.get(b"reduced_precision_support"),
        "modes": [int(mode) for mode in modes if 1001 <= mode <= 3002],
        "release": entries[b"min_runtime_version"],
    }


@pytest.mark.oracle
@pytest.mark.slow
@pytest.mark.parametrize("form", POLICIES)
def test_files_are_stored_as_tensorflow_stores_them(files: Path, schema: ModuleType, form: str) -> None:
    theirs = sorted(files.glob(f"*.{form}.tflite"))
    assert len(theirs) > 10
    wrong: dict[str, Any] = {}
    for path in theirs:
        name = path.name.removesuffix(f".{form}.tflite")
        blob = (files / f"{name}.ranges.tflite").read_bytes()
        ours, expected = converted(blob, **POLICIES[form]), path.read_bytes()
        found = {key for key, value in structure(schema, ours).items() if value != structure(schema, expected)[key]}
        if form == "float16" and name in BEHIND_DENSIFY:
            assert {"operators", "sparse", "modes"} <= found, name
        elif found or difference(schema, ours, expected):
            wrong[name] = [*found, *difference(schema, ours, expected)[:3]]
    assert not wrong, json.dumps(wrong, indent=1)


@pytest.mark.oracle
@pytest.mark.slow
def test_sparse_files_give_the_results_of_dense_ones(files: Path, schema: ModuleType) -> None:
    random = np.random.default_rng(5)
    stored_sparsely = 0
    for form in ("float32", "float16", "dynamic_range", "int8"):
        for path in sorted(files.glob("*.ranges.tflite")):
            policy = POLICIES[form]
            sparse = converted(path.read_bytes(), **policy)
            dense = converted(path.read_bytes(), **{**policy, "sparse": False})
            if not structure(schema, sparse)["sparse"]:
                continue
            stored_sparsely += 1
            x = random.normal(size=Interpreter(model_content=dense).get_input_details()[0]["shape"]).astype(np.float32)
            expected, got, other = (run(dense, x), run(sparse, x), run(dense, -x))
            assert not np.array_equal(expected, other)
            assert np.array_equal(got, expected), (path.name, form)
    assert stored_sparsely > 30


def run(blob: bytes, x: np.ndarray) -> np.ndarray:
    interpreter = Interpreter(model_content=blob)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    return np.asarray(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
