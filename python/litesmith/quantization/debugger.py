"""``QuantizationDebugger`` of ``tf.lite``: how far each quantized operator is from its float form."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from litesmith.conversion_request import freeze
from litesmith.interpreter import Interpreter
from litesmith.progress import counted
from litesmith.quantization.calibration import thread_count
from litesmith.quantization.debug_options import QuantizationDebugOptions, debugged_policy
from litesmith.quantization.float_files import open_float_model
from litesmith.quantization.policy import QuantizationPolicy
from litesmith.quantization.sample_values import SampleChecker
from litesmith.quantization.samples import open_dataset

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping

    from litesmith import _core
    from litesmith.converter import TFLiteConverter

__all__ = ["QuantizationDebugger"]

_METRICS: dict[str, Callable[[Any], Any]] = {
    "num_elements": np.size,
    "stddev": np.std,
    "mean_error": np.mean,
    "max_abs_error": lambda differences: np.max(np.abs(differences)),
    "mean_squared_error": lambda differences: np.mean(differences**2),
}


class QuantizationDebugger:
    """Runs a quantized model over samples and compares each of its operators with the float one on the same inputs.

    Operators that compute nothing, as RESHAPE, have no figures: they would be zero.

    Models are made by a converter, or given as two files, float and quantized; neither needs operators for debugging.

    Attributes:
        layer_statistics: after ``run``: figures by result, "NumericVerify/<float tensor>:<number in the quantized
            model>", each the mean over samples; None before.
        model_statistics: the figures of ``model_debug_metrics``, means over samples; None without.
        float_model: bytes of the float model.
        quant_model: bytes of the quantized model.
    """

    def __init__(
        self,
        quant_debug_model_path: str | os.PathLike[str] | None = None,
        quant_debug_model_content: bytes | None = None,
        float_model_path: str | os.PathLike[str] | None = None,
        float_model_content: bytes | None = None,
        debug_dataset: Any = None,
        debug_options: QuantizationDebugOptions | None = None,
        converter: TFLiteConverter | None = None,
    ) -> None:
        """Prepare both models; with a converter they are calibrated and quantized here.

        Args:
            quant_debug_model_path: path of the quantized model.
            quant_debug_model_content: or its bytes.
            float_model_path: path of the float model that it was made of.
            float_model_content: or its bytes.
            debug_dataset: samples to run, in any form that calibration takes; the converter's own by default.
            debug_options: what to measure.
            converter: makes both models; its attributes must lead to int8 or int16x8.

        Raises:
            ValueError: models are missing or do not belong together, or the converter makes no integer model.
            ConverterError: see ``TFLiteConverter.convert``.
        """
        self._data = debug_dataset
        self._options = debug_options or QuantizationDebugOptions()
        self.converter = converter
        self.layer_statistics: dict[str, dict[str, float]] | None = None
        self.model_statistics: dict[str, float] | None = None
        if converter is None:
            self.quant_model = _content("quant_debug_model", quant_debug_model_path, quant_debug_model_content)
            self.float_model = _content("float_model", float_model_path, float_model_content)
        else:
            self._conversion, self._policy, self._ranges = _calibrated(converter)
            self._data = converter.representative_dataset if debug_dataset is None else debug_dataset
            self._conversion.quantize(QuantizationPolicy(), {})
            self.float_model = self._conversion.write(keep=True)
            self.quant_model = self._quantized()
        self._open()

    def __repr__(self) -> str:
        if self.layer_statistics is None:
            return "<QuantizationDebugger, not run yet>"
        return f"<QuantizationDebugger with figures of {len(self.layer_statistics)} quantized operators>"

    @property
    def options(self) -> QuantizationDebugOptions:
        """What is measured; setting it quantizes anew where there is a converter, and forgets the figures."""
        return self._options

    @options.setter
    def options(self, options: QuantizationDebugOptions) -> None:
        self._options = options
        if self.converter is not None:
            self.quant_model = self._quantized()
        self._open()

    def get_nondebug_quantized_model(self) -> bytes:
        """The quantized model with what the options leave in float32.

        Raises:
            ValueError: there is no converter.
        """
        if self.converter is None:
            raise ValueError(
                "No converter found, use this function with the converter option in the constructor. Without one the "
                "debugger cannot quantize; the quantized model is the one that was given, quant_model."
            )
        return self.quant_model

    def get_debug_quantized_model(self) -> bytes:
        """The quantized model that is compared: the same, since nothing is added to models for debugging.

        Raises:
            ValueError: there is no converter.
        """
        return self.get_nondebug_quantized_model()

    def run(self) -> None:
        """Run the samples and fill ``layer_statistics`` and ``model_statistics``.

        Raises:
            ValueError, RuntimeError, TypeError: no samples, or one that the model does not take; names the sample.
        """
        layers: dict[str, dict[str, list[Any]]] = {}
        model: dict[str, list[Any]] = {name: [] for name in self._options.model_debug_metrics or ()}
        ran = False
        for graph, values in self._runs():
            ran = True
            for result in self._verification.run(graph, values):
                figures = layers.setdefault(self._key(result.tensor), {})
                for name, value in self._figures(result):
                    figures.setdefault(name, []).append(value)
            for name, metric in (self._options.model_debug_metrics or {}).items():
                model[name].append(metric(*self._outputs(values)))
        if not ran:
            raise ValueError(
                "there are no samples to run: debug_dataset is empty, or an iterator that is used up; give arrays, or "
                "a function that yields samples each time it is called"
            )
        self.layer_statistics = {
            key: {name: np.nanmean(values) for name, values in figures.items()} for key, figures in layers.items()
        }
        if model:
            self.model_statistics = {name: float(np.mean(values)) for name, values in model.items()}

    def layer_statistics_dump(self, file: IO[str]) -> None:
        """Write ``layer_statistics`` as CSV, a line per result.

        Args:
            file: open for text.
        """
        names = [*self._layer_metrics, *(self._options.layer_direct_compare_metrics or ())]
        writer = csv.DictWriter(file, ["op_name", "tensor_idx", *names, "scale", "zero_point", "tensor_name"])
        writer.writeheader()
        tensors = {self._key(tensor): tensor for tensor in self._names}
        for key, figures in (self.layer_statistics or {}).items():
            tensor = tensors[key]
            scale, zero_point = self._scale(tensor)
            row = {"op_name": self._operators[tensor], "tensor_idx": tensor, "tensor_name": self._names[tensor]}
            writer.writerow({**row, **figures, "scale": scale, "zero_point": zero_point})

    def _quantized(self) -> bytes:
        self._conversion.quantize(debugged_policy(self._policy, self._options, self._conversion), self._ranges)
        return self._conversion.write(keep=True)

    def _open(self) -> None:
        from litesmith import _core

        self.layer_statistics = self.model_statistics = None
        self._verification = _core.Verification(self.float_model, self.quant_model, thread_count(None))
        self._names = self._verification.tensors(0)
        if not self._names:
            raise ValueError(
                "Please check if the quantized model is in debug mode: none of its results is an integer one that the "
                "float model has under the same name. Are both files of one model, or is everything denylisted?"
            )
        self._checker = SampleChecker(open_float_model(self.float_model).signatures())
        self._quantized_run = Interpreter(model_content=self.quant_model)
        self._operators = {
            int(tensor): operator["op_name"]
            for operator in self._quantized_run._get_ops_details()
            for tensor in operator["outputs"]
        }

    @property
    def _layer_metrics(self) -> Mapping[str, Callable[[Any], Any]]:
        return {**_METRICS, **(self._options.layer_debug_metrics or {})}

    def _key(self, tensor: int) -> str:
        return f"NumericVerify/{self._names[tensor]}:{tensor}"

    def _scale(self, tensor: int) -> tuple[float, int]:
        parameters = self._quantized_run._get_tensor_details(tensor, 0)["quantization_parameters"]
        return parameters["scales"][0], parameters["zero_points"][0]

    def _runs(self) -> Iterator[tuple[int, list[tuple[int, Any]]]]:
        if self._data is None:
            raise ValueError(
                "there are no samples to run: give debug_dataset, a function that yields samples or arrays"
            )
        dataset = open_dataset(self._data, self._checker.input_count)
        for number, sample in enumerate(counted(dataset.samples, total=dataset.total, what="debugging", unit="sample")):
            checked = self._checker.check(sample, number)
            for run in checked.runs:
                yield checked.graph, run

    def _figures(self, result: _core.VerifiedResult) -> Iterator[tuple[str, Any]]:
        differences = result.actual - result.expected
        for name, metric in self._layer_metrics.items():
            yield name, metric(differences)
        for name, direct in (self._options.layer_direct_compare_metrics or {}).items():
            yield name, direct(result.expected, result.stored, *self._scale(result.tensor))

    def _outputs(self, values: list[tuple[int, Any]]) -> tuple[list[Any], list[Any]]:
        reference = Interpreter(model_content=self.float_model)
        order = [details["index"] for details in reference.get_input_details()]
        arrays = [array for _, array in sorted(values, key=lambda it: order.index(it[0]))]
        return _run(reference, arrays), _run(self._quantized_run, arrays)


def _content(name: str, path: str | os.PathLike[str] | None, content: bytes | None) -> bytes:
    if content is not None:
        return bytes(content)
    if path is None:
        raise ValueError(
            f"{name}_path or {name}_content is missing: the debugger compares a quantized model with the float model "
            "that it was made of. Give both, or a converter."
        )
    return Path(path).read_bytes()


def _calibrated(converter: TFLiteConverter) -> tuple[_core.Conversion, QuantizationPolicy, Any]:
    if not converter.optimizations:
        raise ValueError("converter object must set optimizations to lite.Optimize.DEFAULT")
    if converter.representative_dataset is None and converter.observations is None:
        raise ValueError("converter object must set representative_dataset")
    request = freeze(converter)
    conversion, classes = converter._import(request)
    policy, ranges, _ = converter._plan(conversion, classes, request)
    if policy.mode not in {"int8", "int16x8"}:
        raise ValueError(
            f"the debugger compares integer operators, and the converter's attributes lead to {policy.mode}; leave "
            "target_spec.supported_types empty"
        )
    return conversion, policy, ranges


def _run(interpreter: Interpreter, arrays: list[Any]) -> list[Any]:
    inputs = interpreter.get_input_details()
    for details, array in zip(inputs, arrays, strict=True):
        interpreter.resize_tensor_input(details["index"], array.shape)
    interpreter.allocate_tensors()
    for details, array in zip(inputs, arrays, strict=True):
        interpreter.set_tensor(details["index"], _as_stored(details, array))
    interpreter.invoke()
    return [_as_real(details, interpreter.get_tensor(details["index"])) for details in interpreter.get_output_details()]


def _as_stored(details: dict[str, Any], array: Any) -> Any:
    scale, zero_point = details["quantization"]
    if details["dtype"] == array.dtype or not scale:
        return array
    limits = np.iinfo(details["dtype"])
    return np.clip(np.round(array / scale) + zero_point, limits.min, limits.max).astype(details["dtype"])


def _as_real(details: dict[str, Any], array: Any) -> Any:
    scale, zero_point = details["quantization"]
    return (array.astype(np.float32) - zero_point) * np.float32(scale) if scale else array
