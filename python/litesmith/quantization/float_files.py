"""Float models on their way to a quantized file: ``litesmith.quantize`` and observation in parts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litesmith import dtypes
from litesmith.files import write_atomically
from litesmith.quantization.accuracy_search import AccuracySearch, within_accuracy_drop
from litesmith.quantization.calibration import calibrate
from litesmith.quantization.layer_precision import layer_classes, layer_modes
from litesmith.quantization.modes import checked_types
from litesmith.quantization.policy import CALIBRATIONS, MODES, QuantizationPolicy
from litesmith.quantization.precision import PrecisionOptions, PrecisionRequest, precision_request
from litesmith.quantization.quantized_file import correct_biases, find_ranges, write

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from litesmith import _core
    from litesmith.quantization.observations import Observations
    from litesmith.quantization.quantized_file import Ranges
    from litesmith.reports.quantization_report import QuantizationReport

__all__ = ["observe", "open_float_model", "quantize", "report"]

_KERAS_SUFFIXES = (".keras", ".h5", ".hdf5")


def quantize(
    model: str | os.PathLike[str] | bytes,
    mode: str = "int8",
    *,
    representative_dataset: Any = None,
    observations: Observations | None = None,
    calibration: str = "min_max",
    input_type: Any = dtypes.float32,
    output_type: Any = dtypes.float32,
    bias_type: Any = None,
    allow_float: bool = True,
    per_channel: bool = True,
    per_channel_dense: bool = True,
    num_threads: int | None = None,
    lint: bool = True,
    output: str | os.PathLike[str] | None = None,
    **precision: Unpack[PrecisionOptions],
) -> bytes | Path:
    """Quantize a float model.

    Args:
        model: path or bytes of a float32 ``.tflite`` file; also the path of a Keras file.
        mode: ``int8``, ``int16x8`` (int16 activations), ``dynamic_range`` (int8 weights) or ``float16`` (weights).
        representative_dataset: for ``int8`` and ``int16x8`` about 100 typical inputs: an array of rows, a dict of such
            arrays, a function that yields samples, a list or iterator of samples, a Keras Sequence, a DataLoader.
        observations: in place of a data set what ``observe`` saw of it, merged from its parts.
        calibration: ``min_max``, ``exact_min_max``, ``moving_average``, ``percentile``, ``mse`` or ``entropy``.
        input_type, output_type: ``float32``, with ``int8`` also ``int8``, ``uint8``, with ``int16x8`` also ``int16``.
        bias_type: with ``int16x8`` ``int64`` (default) or ``int32``.
        allow_float: operators without an int16 form stay float32 instead of ending in an error.
        per_channel, per_channel_dense: weights of convolutions (of dense layers) get a scale for each channel.
        num_threads: threads that run the model, by default all.
        lint: look at the samples for common mistakes, which are said as ``CalibrationWarning``.
        output: where to write the file; it appears whole or not at all.
        precision: what ``PrecisionOptions`` lists.

    Returns:
        The bytes of the model, or the path when ``output`` is given.

    Raises:
        ValueError: arguments that do not fit together, a damaged or quantized file, a sample that is no good.
        ConverterError: a layer has no form in this mode.
    """
    policy = _policy(mode, input_type, output_type, bias_type, allow_float, per_channel, per_channel_dense)
    _check_calibration(calibration)
    wanted = precision_request(precision)
    plan = _plan(model, policy, wanted, representative_dataset, observations, calibration, num_threads, lint)
    blob = write(plan.conversion, plan.policy, plan.ranges)
    return blob if output is None else _written(output, blob)


def _written(output: str | os.PathLike[str], blob: bytes) -> Path:
    write_atomically(output, [blob])
    return Path(output)


def report(
    model: str | os.PathLike[str] | bytes,
    mode: str = "int8",
    *,
    representative_dataset: Any,
    samples: int = 100,
    observations: Observations | None = None,
    calibration: str = "min_max",
    input_type: Any = dtypes.float32,
    output_type: Any = dtypes.float32,
    bias_type: Any = None,
    allow_float: bool = True,
    per_channel: bool = True,
    per_channel_dense: bool = True,
    num_threads: int | None = None,
    lint: bool = True,
    **precision: Unpack[PrecisionOptions],
) -> QuantizationReport:
    """Quantize a float model as ``quantize`` does, with its arguments, and compare every layer with the float model's.

    Args:
        model: path or bytes of a float32 ``.tflite`` file; also the path of a Keras file.
        mode: ``int8``, ``int16x8``, ``dynamic_range`` or ``float16``.
        representative_dataset: samples to compare on, needed by all modes, and to measure ranges on unless there are
            ``observations``. Not an iterator then: it is gone through twice.
        samples: how many of them to compare on at most.

    Returns:
        A report to print, to show in a notebook, or to save as HTML, JSON or text.

    Raises:
        ValueError, TypeError, ConverterError, OSError: see ``quantize``; also without samples.
    """
    from litesmith.reports.measurement import measure, model_name

    policy = _policy(mode, input_type, output_type, bias_type, allow_float, per_channel, per_channel_dense)
    _check_calibration(calibration)
    data, name, wanted = representative_dataset, model_name(model), precision_request(precision)
    if data is None:
        raise ValueError(f"a report on {mode} runs both models: give representative_dataset, about 100 typical inputs")
    plan = _plan(model, policy, wanted, data, observations, calibration, num_threads, lint)
    run = partial(
        measure, model=name, samples=samples, threads=num_threads, warnings=plan.warnings, accuracy=plan.accuracy
    )
    return run(plan.conversion, plan.policy, plan.ranges, data)


@dataclass(frozen=True)
class _Plan:
    """A model, how to quantize it, what the linter said of the samples, and what ``max_accuracy_drop`` came to."""

    conversion: _core.Conversion
    policy: QuantizationPolicy
    ranges: Ranges
    warnings: tuple[str, ...]
    accuracy: AccuracySearch | None


def _plan(
    model: str | os.PathLike[str] | bytes,
    policy: QuantizationPolicy,
    wanted: PrecisionRequest,
    data: Any,
    observations: Observations | None,
    calibration: str,
    threads: int | None,
    lint: bool,
) -> _Plan:
    conversion, classes = _open(model)
    policy = policy.with_layers(layer_modes(wanted.layers, conversion, classes))
    if wanted.equalize:
        conversion.equalize()
    if observations is None and data is not None and policy.needs_ranges:
        observations = calibrate(conversion, data, calibration=calibration, threads=threads)
    ranges = find_ranges(conversion, policy, observations=observations, calibration=calibration, lint=lint)
    if policy.needs_ranges and not ranges and not conversion.has_fake_quant():
        modes = " and ".join(sorted(policy.modes & {"int8", "int16x8"}))
        raise ValueError(
            f"{modes} quantizes activations, and their ranges must be measured: give representative_dataset, about 100 "
            "typical inputs. Without data there are mode='dynamic_range' and mode='float16'."
        )
    if wanted.bias_correction:
        correct_biases(conversion, policy, ranges, data, threads)
    policy, found = within_accuracy_drop(conversion, policy, ranges, data, wanted, threads)
    said = observations.warnings if observations is not None and lint else ()
    return _Plan(conversion, policy, ranges, said, found)


def observe(
    model: str | os.PathLike[str] | bytes,
    representative_dataset: Any,
    *,
    calibration: str = "min_max",
    first_sample: int = 0,
    num_threads: int | None = None,
) -> Observations:
    """Run calibration data, or a part of it, through a float model and return what was seen.

    The result is pickled, merged with those of other parts (``Observations.merge``) and passed to ``quantize`` or
    ``TFLiteConverter.observations``.

    Args:
        model: path or bytes of a float32 ``.tflite`` file, or path of a Keras file.
        representative_dataset: calibration data in any form that ``quantize`` takes.
        calibration: the method that the ranges will be made by.
        first_sample: the number of the first sample in the whole data set.
        num_threads: threads that run the model; all by default.

    Raises:
        ValueError, RuntimeError, TypeError: a sample that is no good, or none; names the sample.
    """
    _check_calibration(calibration)
    return calibrate(
        open_float_model(model),
        representative_dataset,
        calibration=calibration,
        threads=num_threads,
        first_sample=first_sample,
    )


def open_float_model(
    model: str | os.PathLike[str] | bytes, *, conversion_metadata: bool = True, api_version: int = 2
) -> _core.Conversion:
    """The conversion of a float ``.tflite`` file (path or bytes) or of a Keras file.

    Raises:
        TypeError: neither path nor bytes.
        ValueError: a damaged or quantized file.
        OSError: the file is missing.
    """
    return _open(model, conversion_metadata=conversion_metadata, api_version=api_version)[0]


def _open(
    model: str | os.PathLike[str] | bytes, *, conversion_metadata: bool = True, api_version: int = 2
) -> tuple[_core.Conversion, dict[str, str]]:
    """The conversion, and Keras classes by layer path."""
    from litesmith import _core

    if isinstance(model, (bytes, bytearray, memoryview)):
        return _core.Conversion.from_tflite(bytes(model), "the model", conversion_metadata, api_version), {}
    if not isinstance(model, (str, os.PathLike)):
        raise TypeError(
            f"the model is a {type(model).__name__} but must be the path or the bytes of a float .tflite file; live "
            "Keras models are quantized by TFLiteConverter.from_keras_model"
        )
    path = Path(model)
    if path.suffix in _KERAS_SUFFIXES:
        from litesmith.sources.keras_file import load_file

        record = load_file(os.fspath(path))
        conversion = _core.Conversion.from_keras(
            record.graph, list(record.weights), record.source, conversion_metadata, api_version
        )
        conversion.lower()
        return conversion, layer_classes(record)
    return _core.Conversion.from_tflite(path.read_bytes(), str(path), conversion_metadata, api_version), {}


def _policy(
    mode: str,
    input_type: Any,
    output_type: Any,
    bias_type: Any,
    allow_float: bool,
    per_channel: bool,
    per_channel_dense: bool,
) -> QuantizationPolicy:
    if mode not in MODES[1:]:
        raise ValueError(f"mode is {mode!r} but must be one of {', '.join(map(repr, MODES[1:]))}")
    inputs, outputs = dtypes.as_dtype(input_type).name, dtypes.as_dtype(output_type).name
    bias = None if bias_type is None else dtypes.as_dtype(bias_type).name
    checked_types(mode, inputs, outputs, bias)
    return QuantizationPolicy(
        mode=mode,
        allow_float=allow_float,
        input_type=inputs,
        output_type=outputs,
        bias_type=bias or ("int32" if mode == "int8" else "int64"),
        per_channel=per_channel,
        per_channel_dense=per_channel_dense,
    )


def _check_calibration(calibration: str) -> None:
    if calibration not in CALIBRATIONS:
        raise ValueError(f"calibration is {calibration!r} but must be one of {', '.join(map(repr, CALIBRATIONS))}")
