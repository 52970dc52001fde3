"""The converter of ``tf.compat.v1.lite``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litesmith.converter.attributes import ConverterAttributesV1
from litesmith.converter.base import Converter
from litesmith.sources.array_names import array_names, as_names, input_shapes_by_name, named_shapes
from litesmith.sources.frozen_graph import FrozenGraph
from litesmith.sources.keras_model import KerasModel
from litesmith.sources.saved_model import SavedModel, require_saved_model
from litesmith.sources.tensorflow_session import graph_port

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from litesmith.sources.model_source import ModelSource

__all__ = ["TFLiteConverterV1"]


class TFLiteConverterV1(Converter, ConverterAttributesV1):
    """The converter of ``tf.compat.v1.lite``."""

    def __init__(
        self,
        graph_def: Any = None,
        input_tensors: Sequence[Any] | None = None,
        output_tensors: Sequence[Any] | None = None,
        input_arrays_with_shape: Sequence[tuple[str, Any]] | None = None,
        output_arrays: Sequence[str] | None = None,
        experimental_debug_info_func: Callable[..., Any] | None = None,
    ) -> None:
        """A converter for a GraphDef message whose variables are constants.

        Args:
            graph_def: the message; without it there is no model to convert.
            input_tensors, output_tensors: tensors of the graph.
            input_arrays_with_shape: names and shapes of inputs, where there are no tensors.
            output_arrays: names of outputs, where there are no tensors.
            experimental_debug_info_func: has no effect.

        Raises:
            ValueError: neither tensors nor arrays are given.
        """
        del experimental_debug_info_func
        super().__init__()
        if graph_def is None:
            return
        if input_tensors is not None and output_tensors is not None:
            ports = [graph_port(tensor, "input_tensors") for tensor in input_tensors]
            shapes: dict[str, Any] = {port.array: port.shape for port in ports}
            names = [graph_port(tensor, "output_tensors").array for tensor in output_tensors]
        elif input_arrays_with_shape and output_arrays:
            shapes, names = dict(input_arrays_with_shape), list(output_arrays)
        else:
            raise ValueError(
                "If input_tensors and output_tensors are None, both input_arrays_with_shape and output_arrays must be "
                "defined."
            )
        self._source = _frozen(graph_def, list(shapes), names, shapes)

    @classmethod
    def from_frozen_graph(
        cls,
        graph_def_file: str | os.PathLike[str],
        input_arrays: Sequence[str],
        output_arrays: Sequence[str],
        input_shapes: Mapping[str, Sequence[int | None] | None] | Sequence[int | None] | None = None,
    ) -> TFLiteConverterV1:
        """A converter for a frozen graph.

        Args:
            graph_def_file: path of a ``.pb`` or ``.pbtxt`` file.
            input_arrays: names of arrays that become the inputs; any arrays of the graph.
            output_arrays: names of arrays that become the outputs.
            input_shapes: shapes by input name, or the shape of the only input; the graph's own by default.

        Raises:
            OSError: there is no such file.
            ValueError: no inputs or outputs, or a shape for something that is no input.
        """
        path = Path(graph_def_file)
        if not path.is_file():
            raise FileNotFoundError(f"File '{path}' does not exist.")
        return cls._of(_frozen(path, input_arrays, output_arrays, input_shapes))

    @classmethod
    def from_saved_model(
        cls,
        saved_model_dir: str | os.PathLike[str],
        input_arrays: Sequence[str] | None = None,
        input_shapes: Mapping[str, Sequence[int | None] | None] | Sequence[int | None] | None = None,
        output_arrays: Sequence[str] | None = None,
        tag_set: Collection[str] | None = None,
        signature_key: str | None = None,
    ) -> TFLiteConverterV1:
        """A converter for a signature of a SavedModel.

        Args:
            saved_model_dir: the folder.
            input_arrays: names of arrays that become the inputs; the signature's by default.
            input_shapes: shapes by input name, or the shape of the only input; the signature's by default.
            output_arrays: names of arrays that become the outputs; the signature's by default.
            tag_set: tags of the graph, ``{"serve"}`` by default.
            signature_key: the signature, ``serving_default`` by default.

        Raises:
            OSError: the folder holds no SavedModel.
            ValueError, TypeError: names or shapes that are none.
        """
        inputs = array_names(input_arrays, "input_arrays") if input_arrays else ()
        source = SavedModel(
            require_saved_model(Path(saved_model_dir)),
            tags=frozenset({"serve"} if tag_set is None else as_names(tag_set)),
            keys=(signature_key or "serving_default",),
            inputs=inputs,
            outputs=array_names(output_arrays, "output_arrays") if output_arrays else (),
        )
        if input_shapes is not None:
            alone = not isinstance(input_shapes, Mapping)
            by_name = named_shapes(input_shapes, inputs or (source.input_arrays() if alone else ()))
            known = inputs or [name.removesuffix(":0") for name in by_name]
            source = replace(source, shapes=input_shapes_by_name(by_name, known))
        return cls._of(source)

    @classmethod
    def from_keras_model_file(
        cls,
        model_file: str | os.PathLike[str],
        input_arrays: Sequence[str] | None = None,
        input_shapes: Mapping[str, Sequence[int | None] | None] | Sequence[int | None] | None = None,
        output_arrays: Sequence[str] | None = None,
        custom_objects: Mapping[str, Any] | None = None,
    ) -> TFLiteConverterV1:
        """A converter for a ``.h5`` or ``.keras`` file; Keras is not needed.

        Args:
            model_file: path of the file.
            input_arrays: names of the inputs, in the order they shall have; all inputs by default.
            input_shapes: shapes by input name, or the shape of the only input; they replace those of the file.
            output_arrays: names of the outputs or of layers whose results become outputs; the model's own by default.
            custom_objects: must be empty: classes cannot be applied without running Keras; pass the live model instead.
        """
        if custom_objects:
            raise ValueError(
                f"custom_objects={sorted(custom_objects)} cannot be applied to a file, which is read without Keras; "
                "load the model with Keras and pass it to TFLiteConverter.from_keras_model."
            )
        return cls._of(
            KerasModel(
                os.fspath(model_file),
                inputs=None if input_arrays is None else tuple(input_arrays),
                outputs=None if output_arrays is None else tuple(output_arrays),
                shapes=input_shapes,
            )
        )

    def get_input_arrays(self) -> list[str]:
        """Names of the inputs, without ``:0``.

        Raises:
            ValueError: there is no model; see also ``convert``.
        """
        return self._open().input_arrays()


def _frozen(graph: Any, inputs: Any, outputs: Any, shapes: Any) -> ModelSource:
    names = array_names(inputs, "input_arrays")
    return FrozenGraph(graph, names, array_names(outputs, "output_arrays"), input_shapes_by_name(shapes, names))
