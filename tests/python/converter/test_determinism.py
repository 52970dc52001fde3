"""The same model gives the same bytes, and the same bits when it runs, whatever the circumstances."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from litesmith import lite

MODEL = Path(__file__).parents[3] / "examples" / "digits" / "digits_cnn.keras"
ISAS = ["scalar", "avx2", "avx512", "avx512vnni"]

_SCRIPT = """
import hashlib, json, sys
import numpy as np
from litesmith import lite
blob = lite.TFLiteConverter.from_keras_model(sys.argv[1]).convert()
bits = hashlib.sha256()
for threads in (1, 2):
    interpreter = lite.Interpreter(model_content=blob, num_threads=threads)
    detail = interpreter.get_input_details()[0]
    interpreter.resize_tensor_input(detail["index"], [16, *detail["shape"][1:]])
    interpreter.allocate_tensors()
    x = np.random.default_rng(0).uniform(0, 1, [16, *detail["shape"][1:]]).astype(np.float32)
    interpreter.set_tensor(detail["index"], x)
    interpreter.invoke()
    result = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert np.ptp(result, axis=0).max() > 1e-2
    digests = {"file": hashlib.sha256(blob).hexdigest(), "result": hashlib.sha256(result.tobytes()).hexdigest()}
    print(json.dumps(digests))
"""

_QUANTIZE = """
import hashlib, json, sys
import numpy as np
import litesmith
from litesmith import lite
samples = np.random.default_rng(0).uniform(0, 1, (40, 8, 8, 1)).astype(np.float32)
samples[0] = 0.5
for threads in (1, 2):
    digests = {}
    for mode in ("int8", "int16x8", "dynamic_range", "float16"):
        data = {"representative_dataset": samples, "num_threads": threads} if mode.startswith("int") else {}
        blob = litesmith.quantize(sys.argv[1], mode, **data)
        interpreter = lite.Interpreter(model_content=blob, num_threads=threads)
        detail = interpreter.get_input_details()[0]
        interpreter.resize_tensor_input(detail["index"], samples.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(detail["index"], samples)
        interpreter.invoke()
        result = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
        assert np.ptp(result, axis=0).max() > 1e-2
        digests[mode] = hashlib.sha256(blob).hexdigest(), hashlib.sha256(result.tobytes()).hexdigest()
    print(json.dumps(digests))
"""


def digests(model: Path, script: str = _SCRIPT, **environment: str) -> list[dict[str, Any]]:
    finished = subprocess.run(
        [sys.executable, "-c", script, str(model)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    return [json.loads(line) for line in finished.stdout.splitlines()]


def test_two_runs_and_other_hash_seeds_give_the_same_bytes() -> None:
    first = digests(MODEL, PYTHONHASHSEED="1")
    assert first == digests(MODEL, PYTHONHASHSEED="2")
    assert first[0] == first[1], "one and two threads differ"


@pytest.mark.parametrize("isa", ISAS)
def test_every_instruction_set_gives_the_same_file_and_the_same_bits(isa: str) -> None:
    if isa not in supported():
        pytest.skip(f"this CPU lacks {isa}")
    assert digests(MODEL, LITESMITH_ISA=isa) == digests(MODEL, LITESMITH_ISA="scalar")


@pytest.mark.parametrize("isa", ISAS)
def test_quantized_files_and_their_results_are_the_same_on_every_instruction_set(isa: str) -> None:
    if isa not in supported():
        pytest.skip(f"this CPU lacks {isa}")
    found = digests(MODEL, _QUANTIZE, LITESMITH_ISA=isa)
    assert found[0] == found[1], "one and two threads differ"
    assert len({file for file, _ in found[0].values()}) == 4
    assert found == digests(MODEL, _QUANTIZE, LITESMITH_ISA="scalar")


def supported() -> list[str]:
    from litesmith import _core

    return list(_core.supported_isas())


@pytest.mark.parametrize("backend", ["jax", "numpy", "torch", "tensorflow"])
def test_live_models_of_every_backend_give_the_bytes_of_the_file(backend: str, tmp_path: Path) -> None:
    for module in ("keras", "jax" if backend == "numpy" else backend):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    script = tmp_path / "live.py"
    script.write_text(
        "import hashlib, sys, keras\n"
        "from litesmith import lite\n"
        "model = keras.models.load_model(sys.argv[1], compile=False)\n"
        "blob = lite.TFLiteConverter.from_keras_model(model).convert()\n"
        "print(hashlib.sha256(blob).hexdigest())\n",
        encoding="utf-8",
    )
    finished = subprocess.run(
        [sys.executable, str(script), str(MODEL)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "KERAS_BACKEND": backend},
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    blob = lite.TFLiteConverter.from_keras_model(MODEL).convert()
    assert finished.stdout.split()[-1] == hashlib.sha256(blob).hexdigest()
