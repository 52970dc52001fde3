"""What all converters of ``tf.lite`` share."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from litesmith.conversion_request import ConversionRequest, freeze
from litesmith.converter.attributes import ConverterAttributes
from litesmith.errors import ConverterError
from litesmith.reports.conversion_drawings import ConversionDrawings
from litesmith.sources.checkpoint import checkpoint_source
from litesmith.sources.tensorflow_session import TensorFlowSession

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from typing_extensions import Self

    from litesmith import _core
    from litesmith.quantization.accuracy_search import AccuracySearch
    from litesmith.quantization.policy import QuantizationPolicy
    from litesmith.quantization.quantized_file import Ranges
    from litesmith.reports.quantization_report import QuantizationReport
    from litesmith.sources.model_source import ImportedModel, ModelSource

__all__ = ["Converter"]


class Converter(ConverterAttributes):
    """What all converters share: a source that is read when ``convert`` runs."""

    _source: ModelSource | None
    _accuracy_search: AccuracySearch | None

    def __init__(self) -> None:
        super().__init__()
        vars(self).update(_source=None, _accuracy_search=None)

    @classmethod
    def _of(cls, source: ModelSource) -> Self:
        converter = cls()
        vars(converter)["_source"] = source
        return converter

    @classmethod
    def from_session(cls, sess: Any, input_tensors: Sequence[Any], output_tensors: Sequence[Any]) -> Self:
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
    def from_checkpoint(
        cls,
        checkpoint: str | os.PathLike[str],
        input_arrays: Sequence[str],
        output_arrays: Sequence[str],
        input_shapes: Mapping[str, Sequence[int | None] | None] | Sequence[int | None] | None = None,
    ) -> Self:
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

    def __repr__(self) -> str:
        if self._source is None:
            return f"<{type(self).__name__} without a model; make one with from_saved_model(...)>"
        changed = [
            f"{name}={_shown(value)}"
            for name, value in vars(self).items()
            if not name.startswith("_") and name != "target_spec" and not self._is_default(name, value)
        ]
        what = f"{type(self).__name__} of {self._source.describe()}{self._shown_mode()}"
        return f"<{', '.join([what, *changed])}>"

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
        """Convert the model and return the bytes of a ``.tflite`` file, or of what ``output_format`` asks for.

        May be called again after attributes have changed.

        Raises:
            ConverterError: a layer or option has no TFLite form; lists all of them, each with its layer.
            ValueError: the model is damaged or contradicts itself; names layer and tensor.
            OSError: the file is missing or unreadable.
        """
        from litesmith.quantization.quantized_file import write

        request = freeze(self)
        drawings = ConversionDrawings(request.drawings)
        conversion, classes = self._import(request, drawings)
        policy, ranges, _ = self._plan(conversion, classes, request)
        content = write(conversion, policy, ranges, calibrate_only=request.quantization.calibrate_only)
        return drawings.finish(content, self._open().name)

    @property
    def accuracy_search(self) -> AccuracySearch | None:
        """What ``max_accuracy_drop`` came to when the model was converted last; None without it."""
        return self._accuracy_search

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
        from litesmith.reports.measurement import measure

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
        return measure(
            conversion,
            policy,
            ranges,
            data,
            model=self._open().name,
            samples=samples,
            warnings=said,
            accuracy=self.accuracy_search,
        )

    def _open(self) -> ModelSource:
        if self._source is None:
            raise ValueError(
                "there is no model to convert; make the converter with TFLiteConverter.from_keras_model(...), "
                "from_saved_model(...) or another of its makers"
            )
        return self._source

    def _import(self, request: ConversionRequest, drawings: ConversionDrawings | None = None) -> ImportedModel:
        """The lowered model, and Keras classes by layer path where the request asks for layers."""
        imported = self._open().import_(request)
        said = imported.conversion.warnings
        if drawings is not None:
            drawings.imported(imported.conversion)
        try:
            imported.conversion.lower()
            said = imported.conversion.warnings
        finally:
            for text in said:
                warnings.warn(text, UserWarning, stacklevel=3)
        return imported

    def _plan(
        self, conversion: _core.Conversion, classes: dict[str, str], request: ConversionRequest
    ) -> tuple[QuantizationPolicy, Ranges, tuple[str, ...]]:
        """How to quantize, the ranges, and what the linter said of the samples."""
        from litesmith.quantization.accuracy_search import within_accuracy_drop
        from litesmith.quantization.calibration import calibrate
        from litesmith.quantization.layer_precision import layer_modes
        from litesmith.quantization.quantized_file import correct_biases, find_ranges

        self._accuracy_search = None
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
        self._accuracy_search = found
        return policy, ranges, said


def _shown(value: Any) -> str:
    shape = getattr(value, "shape", None)
    return repr(value) if shape is None else f"<{type(value).__name__} of shape {list(shape)}>"
