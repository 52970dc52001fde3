r"""The record of a Keras model that the Keras importer reads.

``KerasRecord.graph`` is one JSON object (UTF-8, no NaN or Infinity literals)::

    {"keras_version": "2.4.0",            as stored; "" when the file has none
     "keras_major": 2,                    1, 2 or 3
     "name": "model_1",
     "notices": ["..."],                  sentences for the user: dtype policies turned into float32
     "layers": [
       {"name": "conv2d",
        "path": "outer/conv2d",           names from the outermost model, which is left out, inwards
        "class_name": "Conv2D",           a registered custom layer keeps its "package>Name"
        "registered_name": null,          a string only for objects that Keras does not own
        "module": null,                   null for layers of Keras itself; "keras.src.ops..." for operations
        "config": {...},                  as in the file, less "shared_object_id" keys
        "weights": [{"name": "kernel", "index": 0}]}],
     "calls": [
       {"layer": 3, "inputs": [[2, 0]], "args": [{"tensor": 0}], "kwargs": {}}],
     "inputs": [{"call": 0, "name": "x", "shape": [null, 28, 28, 1], "dtype": "float32"}],
     "outputs": [{"call": 9, "tensor": 0, "name": "dense"}],
     "input_structure": "single", "input_keys": [],
     "output_structure": "single", "output_keys": []}

Layers
    Only layers that a call uses, in the order of the models' lists, nested models in place of the layer that
    holds them. A Sequential without InputLayer gets one (name: first layer's name + "_input"). Names of weights:
    the variable's own name ("kernel", "moving_mean"), for wrappers and cells below the attribute that holds the
    inner layer ("forward_layer/cell/kernel", "layer/kernel", "cell/cells/0/kernel"); in a model that a wrapper
    holds below the inner layers' names ("layer/inner_dense/kernel"). Order of weights: of the variables' creation
    ("kernel", "bias"; "gamma", "beta", "moving_mean", "moving_variance"), inner layers in turn. A layer that is
    unknown lists what the file holds for it. Random seeds and counters are left out. Class names of Keras 2
    layers that carry a version mark ("BatchNormalizationV1") keep it.

Calls
    Topologically ordered. ``inputs[i]`` is [call, output of that call]; an input layer is a call without inputs.
    ``args`` and ``kwargs`` are the arguments of the call with ``{"tensor": i}`` in the place of input i, so
    ``Add()([a, b])`` has args [[{"tensor": 0}, {"tensor": 1}]]. The same tensor used twice is listed twice. The
    argument ``training`` and a null ``mask`` are left out. Other special values: ``{"constant": i}`` is
    ``weights[i]``; ``{"slice": [start, stop, step]}`` (any may be null or a tensor); ``{"ellipsis": true}``;
    ``{"float": "inf" | "-inf" | "nan"}`` (anywhere, configs too). Dtypes are their names, tuples are lists. Any other
    object is the JSON that the file has.
    Keras 2 operations (TFOpLambda, SlicingOpLambda, TensorFlowOpLayer) have their function in ``config`` and keep
    their arguments in the same form.

Inputs and outputs
    In Keras' order (dicts: sorted keys), named after input layers and output layers; the second output of one
    layer is "name_1", the third "name_2"; with a dict structure the keys are the names. Structures: "single"
    (one bare tensor), "list", "dict"; deeper nestings are flattened and called "list". ``shape`` has the batch
    first, null where free. dtypes float16, bfloat16 and float64 are given as float32.

Weights
    Contiguous little-endian arrays as stored, at most a copy of each; float16, bfloat16 and float64 are turned
    into float32. Integers stay. Values are not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Array", "KerasRecord"]

Array = NDArray[Any]


@dataclass(frozen=True)
class KerasRecord:
    """A Keras model, flattened and free of Keras.

    Attributes:
        graph: JSON as this module's documentation states.
        weights: arrays that the graph's indices refer to.
        source: path of the file, or ``live model <name>``; opens every error text.
    """

    graph: str
    weights: tuple[np.ndarray[Any, Any], ...]
    source: str
