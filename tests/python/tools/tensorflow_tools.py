"""What TensorFlow's own tools say of the files in a folder's jobs.json; writes answers.json there."""

from __future__ import annotations

import base64
import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
warnings.simplefilter("ignore")

import tensorflow as tf  # noqa: E402
from tensorflow.lite.python import util  # noqa: E402
from tensorflow.lite.tools import flatbuffer_utils  # noqa: E402


def main() -> None:
    folder = Path(sys.argv[1])
    jobs = json.loads((folder / "jobs.json").read_text("utf-8"))
    answers: dict[str, Any] = {"source": list(util.convert_bytes_to_c_source(bytes(range(100)), "digits")), "files": {}}
    for path in jobs["files"]:
        content = Path(path).read_bytes()
        model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
        answers["files"][path] = {
            "hash": int(util.get_model_hash(model)),
            "codes": [flatbuffer_utils.opcode_to_name(model, index) for index in range(len(model.operatorCodes))],
            "modes": [int(mode) for mode in util.get_conversion_metadata(content).options.modelOptimizationModes],
        }
    for name, path, kind in jobs["interfaces"]:
        changed = util.modify_model_io_type(Path(path).read_bytes(), tf.dtypes.as_dtype(kind), tf.dtypes.as_dtype(kind))
        answers[name] = base64.b64encode(bytes(changed)).decode()
    (folder / "answers.json").write_text(json.dumps(answers), "utf-8")


main()
