"""The options that say how a model is quantized: those of ``litesmith.quantize`` and ``litesmith.report``."""

from __future__ import annotations

import contextlib
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litesmith.cli.array_files import load
from litesmith.errors import CalibrationWarning
from litesmith.quantization.policy import CALIBRATIONS, MODES

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

__all__ = ["MODES_AND_SAMPLES", "add_options", "keywords", "plain_warnings"]

MODES_AND_SAMPLES = """modes:
  int8            weights and activations are int8: a quarter of the size, the fastest on most CPUs, all that
                  microcontrollers run. Needs --samples.
  int16x8         int16 activations, int8 weights: nearly the accuracy of float. Needs --samples.
  dynamic_range   int8 weights, float activations: a quarter of the size, no samples.
  float16         float16 weights: half the size, no samples, hardly any loss.

samples:
  About 100 typical inputs, prepared as for training (same scaling!). The ranges of all activations are measured on
  them. An .npy file holds one row per sample, for models with one input; an .npz file holds an array per input, by
  name. `litesmith inspect MODEL` shows names and shapes of the inputs.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the model and everything that decides how it is quantized."""
    parser.add_argument("model", type=Path, metavar="MODEL", help="the float32 .tflite file (or a Keras file)")
    parser.add_argument("-m", "--mode", choices=MODES[1:], default="int8", help="what to quantize (default int8)")
    parser.add_argument("-s", "--samples", type=Path, metavar="FILE", help="typical inputs, .npy or .npz")
    parser.add_argument(
        "--calibration",
        choices=CALIBRATIONS,
        default="min_max",
        help="how ranges follow from the samples (default min_max, as TensorFlow does)",
    )
    for name in ("input", "output"):
        parser.add_argument(
            f"--{name}-type",
            choices=("float32", "int8", "uint8", "int16"),
            default="float32",
            help=f"type of the model's {name}s (default float32; int8 or uint8 with int8, int16 with int16x8)",
        )
    parser.add_argument("--no-float", action="store_true", help="int16x8: fail where an operator has no integer form")
    parser.add_argument("--per-tensor", action="store_true", help="one scale per weight, not one per channel")
    parser.add_argument(
        "--layer",
        action="append",
        default=[],
        metavar="PATTERN=MODE",
        help="mode of layers by path, glob, Keras class or operator, e.g. 'dense_7=float32' or 'block_3/*=int16x8'; "
        "may be repeated, the first that matches decides",
    )
    parser.add_argument("--bias-correction", action="store_true", help="correct biases over the samples")
    parser.add_argument("--equalize", action="store_true", help="balance the weights of neighbouring layers first")
    parser.add_argument("--threads", type=int, metavar="N", help="threads to use (default: all)")
    parser.add_argument("--no-lint", action="store_true", help="do not look at the samples for common mistakes")


def keywords(arguments: argparse.Namespace) -> dict[str, Any]:
    """The keyword arguments of ``litesmith.quantize`` that the options stand for; reads the samples.

    Raises:
        ValueError: the file of the samples holds something else, or --layer has no mode.
        OSError: it is missing.
    """
    return {
        "representative_dataset": None if arguments.samples is None else load(arguments.samples),
        "calibration": arguments.calibration,
        "input_type": arguments.input_type,
        "output_type": arguments.output_type,
        "allow_float": not arguments.no_float,
        "per_channel": not arguments.per_tensor,
        "per_channel_dense": not arguments.per_tensor,
        "num_threads": arguments.threads,
        "layer_precision": _layer_precision(arguments.layer),
        "bias_correction": arguments.bias_correction,
        "equalize": arguments.equalize,
        "lint": not arguments.no_lint,
    }


@contextlib.contextmanager
def plain_warnings() -> Iterator[None]:
    """Each warning is a line that says so; a line of the program says nothing to those who type a command."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default", CalibrationWarning)
        try:
            yield
        finally:
            for one in caught:
                print(f"warning: {one.message}", file=sys.stderr)


def _layer_precision(options: list[str]) -> dict[str, str]:
    precision: dict[str, str] = {}
    for option in options:
        pattern, separator, mode = option.rpartition("=")
        if not separator or not pattern:
            raise ValueError(f"--layer {option}: give a layer and its mode as PATTERN=MODE, e.g. dense_7=float32")
        precision.setdefault(pattern, mode)
    return precision
