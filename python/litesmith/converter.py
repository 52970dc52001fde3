"""The converters of ``tf.lite``: a Keras model becomes the bytes of a ``.tflite`` file."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any

from litesmith.conversion_request import ConversionRequest, freeze
from litesmith.converter_attributes import ConverterAttributes, ConverterAttributesV1, ConverterAttributesV2
from litesmith.errors import ConverterError
from litesmith.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from litesmith import _core
    from litesmith.quantization.accuracy_search import AccuracySearch
    from litesmith.quantization.policy import QuantizationPolicy
    from litesmith.quantization.quantized_file import Ranges
    from litesmith.reports.quantization_report import QuantizationReport
    from litesmith.sources.keras_record import KerasRecord

__all__ = ["TFLiteConverter", "TFLiteConverterV1", "convert"]


class _KerasConverter(ConverterAttributes):
    """What both converters share: a Keras source that is read when ``convert`` runs."""

    def __init__(self) -> None:
        super().__init__()
        vars(self).update(_source=None, _inputs=None, _outputs=None, _shapes=None, _accuracy_search=None)

    @classmethod
    def _of(cls, source: Any) -> Any:
        converter = cls()
        vars(converter)["_source"] = source
        return converter

    def __repr__(self) -> str:
        source = vars(self)["_source"]
        if source is None:
            return f"<{type(self).__name__} without a model; make one with from_keras_model(...)>"
        what = os.fspath(source) if isinstance(source, (str, os.PathLike)) else f"live model {_name(source)!r}"
        changed = [
            f"{name}={_shown(value)}"
            for name, value in vars(self).items()
            if not name.startswith("_") and name != "target_spec" and not self._is_default(name, value)
        ]
        return f"<{type(self).__name__} of {what}{self._shown_mode()}{', ' if changed else ''}{', '.join(changed)}>"

    def _shown_mode(self) -> str:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                wanted = freeze(self).quantization
        except (ConverterError, TypeError, ValueError):
            return " with attributes that convert() refuses"
        mode, trained = (wanted.mode(quantization_aware=aware) for aware in (False, True))
        if not wanted.optimize or mode == trained == "float32":
            return ""
        return f" to {mode}" if mode == trained else f" to {mode} ({trained} if trained for it)"

    def convert(self) -> bytes:
        """Convert the model and return the bytes of a ``.tflite`` file.

        May be called again after attributes have changed.

        Raises:
            ConverterError: a layer or option has no TFLite form; lists all of them, each with its layer.
            ValueError: the model is damaged or contradicts itself; names layer and tensor.
            OSError: the file is missing or unreadable.
        """
        request = freeze(self)
        if vars(self)["_source"] is None:
            raise ValueError(
                "there is no model to convert; make the converter with TFLiteConverter.from_keras_model(...)"
            )
        return self._finish(*self._import(request), request)

    @property
    def accuracy_search(self) -> AccuracySearch | None:
        """What ``max_accuracy_drop`` came to when the model was converted last; None without it."""
        found: AccuracySearch | None = vars(self)["_accuracy_search"]
        return found

    def report(self, representative_dataset: Any = None, *, samples: int = 100) -> QuantizationReport:
        """Quantize the model as ``convert`` does and compare every layer with the float model's.

        Args:
            representative_dataset: samples to compare on; the converter's own by default.
            samples: how many of them to run at most.

        Returns:
            A report to print, to show in a notebook, or to save as HTML, JSON or text.

        Raises:
            ValueError: the attributes ask for a float model, or there are no samples.
            ConverterError: see ``convert``.
        """
        from litesmith.reports.measurement import measure, model_name

        request = freeze(self)
        conversion, classes = self._import(request)
        policy, ranges, said = self._plan(conversion, classes, request)
        data = self.representative_dataset if representative_dataset is None else representative_dataset
        if policy.is_float:
            raise ValueError(
                "the converter's attributes ask for a float32 model, so there is nothing to report on; set "
                "optimizations=[lite.Optimize.DEFAULT] and, for integers, representative_dataset"
            )
        if data is None:
            raise ValueError(
                f"a report on {policy.mode} runs both models on samples: pass representative_dataset, about 100 "
                "typical inputs, to report()"
            )
        name = model_name(vars(self)["_source"])
        return measure(
            conversion, policy, ranges, data, model=name, samples=samples, warnings=said, accuracy=self.accuracy_search
        )

    def _import(self, request: ConversionRequest) -> tuple[_core.Conversion, dict[str, str]]:
        """The lowered model, and Keras classes by layer path where the request asks for layers."""
        from litesmith import _core
        from litesmith.quantization.layer_precision import layer_classes

        record = self._record()
        conversion = _core.Conversion.from_keras(
            record.graph, list(record.weights), record.source, request.conversion_metadata, request.api_version
        )
        classes = layer_classes(record) if request.precision.layers else {}
        del record
        for text in conversion.warnings:
            warnings.warn(text, UserWarning, stacklevel=3)
        conversion.lower()
        return conversion, classes

    def _finish(self, conversion: _core.Conversion, classes: dict[str, str], request: ConversionRequest) -> bytes:
        from litesmith.quantization.quantized_file import write

        policy, ranges, _ = self._plan(conversion, classes, request)
        return write(conversion, policy, ranges, calibrate_only=request.quantization.calibrate_only)

    def _plan(
        self, conversion: _core.Conversion, classes: dict[str, str], request: ConversionRequest
    ) -> tuple[QuantizationPolicy, Ranges, tuple[str, ...]]:
        """How to quantize, the ranges, and what the linter said of the samples."""
        from litesmith.quantization.accuracy_search import within_accuracy_drop
        from litesmith.quantization.calibration import calibrate
        from litesmith.quantization.layer_precision import layer_modes
        from litesmith.quantization.quantized_file import correct_biases, find_ranges

        vars(self)["_accuracy_search"] = None
        wanted = request.quantization
        policy = wanted.policy(quantization_aware=wanted.optimize and conversion.has_fake_quant())
        policy = policy.with_layers(layer_modes(request.precision.layers, conversion, classes))
        if policy.is_float:
            return policy, {}, ()
        if request.precision.equalize:
            conversion.equalize()
        observations, data = self.observations, self.representative_dataset
        if observations is None and data is not None and policy.needs_ranges:
            observations = calibrate(conversion, data, calibration=wanted.calibration, check_order=True)
        ranges = find_ranges(
            conversion,
            policy,
            observations=observations,
            calibration=wanted.calibration,
            lint=self.lint_calibration,
        )
        said = observations.warnings if observations and self.lint_calibration else ()
        if wanted.calibrate_only:
            return policy, ranges, said
        if request.precision.bias_correction:
            correct_biases(conversion, policy, ranges, data)
        policy, found = within_accuracy_drop(conversion, policy, ranges, data, request.precision)
        vars(self)["_accuracy_search"] = found
        return policy, ranges, said

    def _record(self) -> KerasRecord:
        from litesmith.sources.keras_selection import select
        from litesmith.sources.keras_source import load

        state = vars(self)
        record = load(state["_source"])
        if state["_inputs"] or state["_outputs"] or state["_shapes"]:
            record = select(record, state["_inputs"], state["_outputs"], state["_shapes"])
        return record


class TFLiteConverter(_KerasConverter, ConverterAttributesV2):
    """Converts a Keras model into a TensorFlow Lite model.

    Example::

        converter = lite.TFLiteConverter.from_keras_model(model)  # a live model, or the path of a .h5 or .keras file
        open("model.tflite", "wb").write(converter.convert())
    """

    @classmethod
    def from_keras_model(cls, model: Any) -> TFLiteConverter:
        """A converter for a live Keras 2 or Keras 3 model of any backend, or the path of a ``.h5`` or ``.keras`` file.

        Nothing is read before ``convert``.
        """
        converter: TFLiteConverter = cls._of(model)
        return converter

    @classmethod
    def from_keras_model_file(cls, model_file: str | os.PathLike[str]) -> TFLiteConverter:
        """A converter for a ``.h5`` or ``.keras`` file; Keras is not needed."""
        converter: TFLiteConverter = cls._of(os.fspath(model_file))
        return converter


class TFLiteConverterV1(_KerasConverter, ConverterAttributesV1):
    """The converter of ``tf.compat.v1.lite``."""

    @classmethod
    def from_keras_model_file(
        cls,
        model_file: str | os.PathLike[str],
        input_arrays: Sequence[str] | None = None,
        input_shapes: Mapping[str, Sequence[int | None] | None] | None = None,
        output_arrays: Sequence[str] | None = None,
        custom_objects: Mapping[str, Any] | None = None,
    ) -> TFLiteConverterV1:
        """A converter for a ``.h5`` or ``.keras`` file; Keras is not needed.

        Args:
            model_file: path of the file.
            input_arrays: names of the inputs, in the order they shall have; all inputs by default.
            input_shapes: shapes by input name; they replace those of the file.
            output_arrays: names of the outputs or of layers whose results become outputs; the model's own by default.
            custom_objects: must be empty: classes cannot be applied without running Keras; pass the live model instead.
        """
        if custom_objects:
            raise ValueError(
                f"custom_objects={sorted(custom_objects)} cannot be applied to a file, which is read without Keras; "
                "load the model with Keras and pass it to TFLiteConverter.from_keras_model."
            )
        converter: TFLiteConverterV1 = cls._of(os.fspath(model_file))
        vars(converter).update(
            _inputs=None if input_arrays is None else tuple(input_arrays),
            _outputs=None if output_arrays is None else tuple(output_arrays),
            _shapes=None if input_shapes is None else dict(input_shapes),
        )
        return converter


def convert(model: Any, *, output: str | os.PathLike[str] | None = None) -> bytes | Path:
    """Convert a Keras model to float32 TensorFlow Lite in one call.

    Args:
        model: a live model or the path of a ``.h5`` or ``.keras`` file.
        output: where to write the file; it appears whole or not at all.

    Returns:
        The bytes of the model, or the path when ``output`` is given.
    """
    from pathlib import Path

    blob = TFLiteConverter.from_keras_model(model).convert()
    if output is None:
        return blob
    write_atomically(output, [blob])
    return Path(output)


def _shown(value: Any) -> str:
    shape = getattr(value, "shape", None)
    return repr(value) if shape is None else f"<{type(value).__name__} of shape {list(shape)}>"


def _name(model: Any) -> str:
    return str(getattr(model, "name", type(model).__name__))
