"""Live Keras models on TensorFlow as traced functions, for layers that only TensorFlow can say what they compute."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from litesmith.sources.concrete_functions import ConcreteFunctions
from litesmith.sources.keras_generation import generation_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["traced"]


def traced(model: Any, shapes: Mapping[str, Any] | None = None) -> ConcreteFunctions | None:
    """Trace a live model with the TensorFlow that it runs on.

    Args:
        model: what may be a live model.
        shapes: input shapes by name that replace the model's.

    Returns:
        Its function, inputs and outputs in Keras' order under Keras' names; None where the model does not run on
        TensorFlow, or its input shapes are not known.
    """
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is None or not _runs_on_tensorflow(model):
        return None
    specs = _specs(tensorflow, model, shapes or {})
    if not specs:
        return None
    names: list[str] = []

    def call(*arguments: Any) -> list[Any]:
        results = model(arguments[0] if len(arguments) == 1 else list(arguments), training=False)
        flat = tensorflow.nest.flatten(results)
        names[:] = _output_names(model, results, len(flat))
        return list(flat)

    function = tensorflow.function(call).get_concrete_function(*specs)
    return ConcreteFunctions((function,), model, output_names=tuple(names))


def _runs_on_tensorflow(model: Any) -> bool:
    generation = generation_of(model)
    if generation is None:
        return False
    if generation.major < 3:
        return True
    keras = sys.modules.get("keras")
    return keras is not None and keras.backend.backend() == "tensorflow"


def _specs(tensorflow: Any, model: Any, shapes: Mapping[str, Any]) -> list[Any]:
    """The model's inputs as TensorFlow describes arguments; none where the model has not been built."""
    symbolic = getattr(model, "inputs", None)
    if not symbolic:
        save_spec = getattr(model, "save_spec", None)
        saved = save_spec() if callable(save_spec) else None
        symbolic = tensorflow.nest.flatten(saved[0]) if saved else []
    specs = []
    for index, tensor in enumerate(symbolic):
        name = str(tensor.name or f"input_{index}").split(":")[0]
        specs.append(tensorflow.TensorSpec(shapes.get(name, tensor.shape), tensor.dtype, name))
    return specs


def _output_names(model: Any, results: Any, count: int) -> list[str]:
    names = sorted(results) if isinstance(results, dict) else list(getattr(model, "output_names", None) or [])
    return [str(name) for name in names] if len(names) == count else [f"output_{index}" for index in range(count)]
