"""The converter of ``tf.lite``."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from litesmith.converter.attributes import ConverterAttributesV2
from litesmith.converter.base import Converter
from litesmith.sources.array_names import as_names
from litesmith.sources.concrete_functions import ConcreteFunctions
from litesmith.sources.keras_model import KerasModel
from litesmith.sources.saved_model import SavedModel, require_saved_model

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

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
