"""Converts a source of each kind; with TensorFlow in the process before or after, or never. Prints what it found.

Arguments: "before", "after" or "never"; a folder to write to; a Keras file, a SavedModel and a checkpoint.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Any

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
warnings.simplefilter("ignore")
order, folder = sys.argv[1], Path(sys.argv[2])
if order == "before":
    import tensorflow as tf

import numpy as np  # noqa: E402

from litesmith import lite  # noqa: E402
from litesmith.compat.v1 import lite as v1  # noqa: E402
from litesmith.sources.message_classes import new_message  # noqa: E402
from litesmith.tools import graph as graph_tools  # noqa: E402


def written_graph() -> tuple[Path, Path]:
    """A graph that halves its input, in wire format and as text."""
    graph = new_message("GraphDef")
    graph.versions.producer = 1087
    x = graph.node.add(name="x", op="Placeholder")
    x.attr["dtype"].type = 1
    x.attr["shape"].shape.dim.add().size = 3
    half = graph.node.add(name="half", op="Const")
    half.attr["dtype"].type = 1
    half.attr["value"].tensor.dtype = 1
    half.attr["value"].tensor.float_val.append(0.5)
    graph.node.add(name="y", op="Mul", input=["x", "half"]).attr["T"].type = 1
    binary, text = folder / "graph.pb", folder / "graph.pbtxt"
    binary.write_bytes(graph.SerializeToString())
    graph_tools.convert_pb_to_pbtxt(binary, text)
    return binary, text


def halves(model: bytes) -> bool:
    interpreter = lite.Interpreter(model_content=model)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.array([2, 4, -6], np.float32))
    interpreter.invoke()
    return bool((interpreter.get_tensor(interpreter.get_output_details()[0]["index"]) == [1, 2, -3]).all())


def convert_all() -> None:
    binary, text = written_graph()
    for path in (binary, text):
        print(path.suffix, halves(v1.TFLiteConverter.from_frozen_graph(path, ["x"], ["y"]).convert()))
    keras_file, saved_model, checkpoint = map(Path, sys.argv[3:])
    kinds: dict[str, Any] = {
        "keras": lambda: lite.TFLiteConverter.from_keras_model(keras_file),
        "saved_model": lambda: lite.TFLiteConverter.from_saved_model(saved_model, signature_keys=["serving_default"]),
        "checkpoint": lambda: lite.TFLiteConverter.from_checkpoint(checkpoint, ["X"], ["pred"], {"X": []}),
    }
    for kind, make in kinds.items():
        lite.Interpreter(model_content=make().convert()).allocate_tensors()
        print(kind, True)


convert_all()
print("tensorflow was imported:", "tensorflow" in sys.modules)
if order != "never":
    import tensorflow as tf

    known = tf.compat.v1.GraphDef.FromString((folder / "graph.pb").read_bytes())
    print("tensorflow reads it:", [node.name for node in known.node])
    made = tf.lite.TFLiteConverter.from_concrete_functions(
        [tf.function(lambda x: x * 0.5).get_concrete_function(tf.TensorSpec([3], tf.float32))]
    ).convert()
    print("tensorflow converts:", halves(made))
    convert_all()
