"""Live sessions and functions of TensorFlow beside what their converted models say; prints a line per case."""

from __future__ import annotations

import os
import warnings
from typing import Any

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
warnings.simplefilter("ignore")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from litesmith import lite  # noqa: E402
from litesmith.compat.v1 import lite as v1  # noqa: E402
from litesmith.tools import util  # noqa: E402

X = np.random.default_rng(0).standard_normal((2, 6)).astype(np.float32)


def said(content: bytes, want: Any) -> str:
    interpreter = lite.Interpreter(model_content=content)
    interpreter.allocate_tensors()
    feed, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    interpreter.set_tensor(feed["index"], X)
    interpreter.invoke()
    error = float(np.abs(interpreter.get_tensor(result["index"]) - want).max())
    assert float(np.abs(np.asarray(want)).max()) > 0.1
    close = error < 1e-6
    metadata = util.get_conversion_metadata(content)
    kind = None if metadata is None else metadata.environment.modelType
    return f"{close} {kind} {feed['name']} {result['name']} {interpreter.get_signature_list()}"


def session_case() -> None:
    old = tf.compat.v1
    with tf.Graph().as_default() as graph, old.Session(graph=graph) as session:
        x = old.placeholder(tf.float32, [2, 6], name="x")
        scaled = x * old.get_variable(
            "scale", [6], initializer=old.random_normal_initializer(seed=1), use_resource=True
        )
        moved = scaled + old.get_variable("shift", [6], initializer=old.ones_initializer(), use_resource=False)
        y = tf.identity(moved, name="y")
        old.get_variable("unread", [3])
        converter = v1.TFLiteConverter.from_session(session, [x], [y])
        try:
            converter.convert()
        except ValueError as error:
            print("uninitialized", "scale" in str(error), "shift" in str(error), "unread" in str(error))
        session.run(old.global_variables_initializer())
        print("session", converter.get_input_arrays(), said(converter.convert(), session.run(y, {x: X})))
        message = old.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ["y"])
        frozen = v1.TFLiteConverter(message, [x], [y])
        print("message", said(frozen.convert(), session.run(y, {x: X})))
        again = v1.toco_convert(message, [x], [y], exclude_conversion_metadata=True)
        print("toco_convert", said(again, session.run(y, {x: X})))


def function_case() -> None:
    module = tf.Module()
    module.scale = tf.Variable(np.linspace(-1, 1, 6, dtype=np.float32))
    function = tf.function(lambda x: {"scaled": x * module.scale + 1.0})
    concrete = function.get_concrete_function(tf.TensorSpec([2, 6], tf.float32, name="x"))
    for name, tracked in (("function", None), ("tracked", module)):
        converter = lite.TFLiteConverter.from_concrete_functions([concrete], tracked)
        print(name, said(converter.convert(), function(X)["scaled"].numpy()))

    @tf.function(input_signature=[tf.TensorSpec([2, 6], tf.float32, name="x")])
    def shifted_values(x: Any) -> Any:
        return x - module.scale

    shifted = shifted_values.get_concrete_function()
    both = lite.TFLiteConverter.from_concrete_functions([concrete, shifted], module).convert()
    interpreter = lite.Interpreter(model_content=both)
    print("signatures", len(interpreter.get_signature_list()), "shifted_values" in interpreter.get_signature_list())
    result = interpreter.get_signature_runner("shifted_values")(x=X)["output_0"]
    error = np.abs(result - shifted(tf.constant(X)).numpy()).max()
    print("several", bool(error < 1e-6), "weights once:", both.count(module.scale.numpy().tobytes()) == 1)
    for name, wrong in (("traced", [function]), ("bare", concrete)):
        try:
            lite.TFLiteConverter.from_concrete_functions(wrong, module)
        except (TypeError, ValueError) as error:
            print(name, type(error).__name__, "get_concrete_function" in str(error))


def table_case() -> None:
    source = tf.lookup.KeyValueTensorInitializer(tf.constant(["a"]), tf.constant([1], tf.int64))
    table = tf.lookup.StaticHashTable(source, -1)
    concrete = tf.function(table.lookup).get_concrete_function(tf.TensorSpec([3], tf.string))
    try:
        lite.TFLiteConverter.from_concrete_functions([concrete]).convert()
    except ValueError as error:
        print("table", "a table or another resource" in str(error), "tf.saved_model.save" in str(error))


session_case()
function_case()
table_case()
