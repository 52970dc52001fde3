"""The converter of ``tf.lite``."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from litesmith.converter.attributes import ConverterAttributesV2
from litesmith.converter.base import Converter
from litesmith.sources.array_names import as_names
from litesmith.sources.checkpoint import checkpoint_source
from litesmith.sources.concrete_functions import ConcreteFunctions
from litesmith.sources.keras_model import KerasModel
from litesmith.sources.saved_model import SavedModel, require_saved_model
from litesmith.sources.tensorflow_session import TensorFlowSession

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

__all__ = ["TFLiteConverter"]


class TFLiteConverter(Converter, ConverterAttributesV2):
    """Converts a model of Keras or TensorFlow into a TensorFlow Lite model; TensorFlow is not needed.

    Example::

        converter = lite.TFLiteConverter.from_saved_model("folder")
        # or from_keras_model(model), a live model or the path of a .h5 or .keras file
        open("model.tflite", "wb").write(converter.convert())
    """

    def __init__(self, funcs: Iterable[Any] | None = None, trackable_obj: Any = None) -> None:
        """A converter for concrete functions; see ``from_concrete_functions``. Without them there is no model."""
        super().__init__()
        if funcs is not None:
            self._source = ConcreteFunctions.of(funcs, trackable_obj)

    @classmethod
    def from_keras_model(cls, model: Any) -> TFLiteConverter:
        """A converter for a live Keras 2 or Keras 3 model of any backend, or the path of a ``.h5`` or ``.keras`` file.

        Nothing is read before ``convert``.
        """
        return cls._of(KerasModel(model))

    @classmethod
    def from_keras_model_file(cls, model_file: str | os.PathLike[str]) -> TFLiteConverter:
        """A converter for a ``.h5`` or ``.keras`` file; Keras is not needed."""
        return cls._of(KerasModel(os.fspath(model_file)))

    @classmethod
    def from_saved_model(
        cls,
        saved_model_dir: str | os.PathLike[str],
        signature_keys: Sequence[str] | None = None,
        tags: Collection[str] | None = None,
    ) -> TFLiteConverter:
        """A converter for a SavedModel; TensorFlow is not needed.

        Args:
            saved_model_dir: the folder.
            signature_keys: signatures that the model shall have, a graph each; all of them by default.
            tags: tags of the graph, ``{"serve"}`` by default.

        Raises:
            OSError: the folder holds no SavedModel.
        """
        folder = require_saved_model(Path(saved_model_dir))
        wanted = frozenset({"serve"} if tags is None else as_names(tags))
        return cls._of(SavedModel(folder, tags=wanted, keys=as_names(signature_keys)))

    @classmethod
    def from_concrete_functions(cls, funcs: Iterable[Any], trackable_obj: Any = None) -> TFLiteConverter:
        """A converter for live functions of TensorFlow.

        Args:
            funcs: a list with what ``get_concrete_function`` returned.
            trackable_obj: the module that owns the variables; with it every function gets a signature:
                ``serving_default`` where it is the only one, else the function's name.

        Raises:
            ValueError: a ``tf.function`` that has not been traced for certain inputs.
            TypeError: no list, or something in it that is no function.
        """
        if trackable_obj is None:
            warnings.warn(
                "trackable_obj is None, so the model has no signature; pass the tf.Module that owns the function",
                UserWarning,
                stacklevel=2,
            )
        return cls._of(ConcreteFunctions.of(funcs, trackable_obj))

    @classmethod
    def from_checkpoint(
        cls,
        checkpoint: str | os.PathLike[str],
        input_arrays: Sequence[str],
        output_arrays: Sequence[str],
        input_shapes: Mapping[str, Sequence[int | None] | None] | Sequence[int | None] | None = None,
    ) -> TFLiteConverter:
        """A converter for a checkpoint of TensorFlow 1 and the graph in the ``.meta`` file beside it.

        Args:
            checkpoint: a prefix such as ``model.ckpt-1000``, or a folder with checkpoints, whose latest is taken.
            input_arrays: names of arrays that become the inputs.
            output_arrays: names of arrays that become the outputs.
            input_shapes: shapes by input name, or the shape of the only input; the graph's own by default.

        Raises:
            ValueError: no inputs or outputs, or a shape for something that is no input.
        """
        return cls._of(checkpoint_source(checkpoint, input_arrays, output_arrays, input_shapes))

    @classmethod
    def from_session(cls, sess: Any, input_tensors: Sequence[Any], output_tensors: Sequence[Any]) -> TFLiteConverter:
        """A converter for the graph of a live session; its variables are read when ``convert`` runs.

        Args:
            sess: ``tf.compat.v1.Session``, which stays open until then.
            input_tensors: tensors that become the inputs.
            output_tensors: tensors that become the outputs.

        Raises:
            TypeError: something that is no tensor.
        """
        return cls._of(TensorFlowSession.of(sess, input_tensors, output_tensors))

    @classmethod
    def experimental_from_jax(cls, serving_funcs: Any, inputs: Any) -> NoReturn:
        """Raise ValueError or NotImplementedError, which says what to do instead.

        Args:
            serving_funcs: a list of functions.
            inputs: a list of lists of (name, array).
        """
        if not serving_funcs:
            raise ValueError("No serving func is specified.")
        if not inputs:
            raise ValueError("Input tensors are not specified.")
        if len(inputs) != len(serving_funcs):
            raise ValueError(
                f"Input tensor mapping len {len(inputs)} does not match serving func len {len(serving_funcs)}."
            )
        raise NotImplementedError(
            "functions of JAX are not converted directly. Write the model with Keras on the JAX backend and use "
            "from_keras_model, or turn the function into a SavedModel with jax.experimental.jax2tf "
            "(native_serialization=False) and use from_saved_model."
        )
