"""``litesmith quantize``: a float ``.tflite`` file becomes a smaller one."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from litesmith.cli.array_files import load
from litesmith.errors import CalibrationWarning
from litesmith.quantization.policy import CALIBRATIONS, MODES

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["add_parser"]

_DESCRIPTION = """Quantize a float32 model.

modes:
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

_EPILOG = """examples:
  litesmith quantize model.tflite --mode float16
  litesmith quantize model.tflite --samples images.npy
  litesmith quantize model.tflite --samples images.npy --input-type uint8 --output-type uint8 -o small.tflite
  litesmith quantize model.tflite --mode int16x8 --samples inputs.npz --calibration percentile
  litesmith quantize model.keras --samples images.npy --layer softmax=float32 --layer 'block_3/*=int16x8'
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "quantize",
        help="make a float .tflite file smaller and faster: int8, int16x8, dynamic range, float16",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", type=Path, metavar="MODEL", help="the float32 .tflite file (or a Keras file)")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT", help="file to write (default: MODEL_<mode>.tflite)")
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
    parser.add_argument("--threads", type=int, metavar="N", help="threads to use (default: all)")
    parser.add_argument("--no-lint", action="store_true", help="do not look at the samples for common mistakes")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but warnings and errors")
    parser.set_defaults(handler=_quantize)


def _quantize(arguments: argparse.Namespace) -> None:
    from litesmith.files import require_writable, write_atomically
    from litesmith.quantization.float_files import quantize

    started = time.perf_counter()
    output = require_writable(arguments.output or _beside(arguments.model, arguments.mode))
    with _plain_warnings():
        blob = quantize(
            arguments.model,
            arguments.mode,
            representative_dataset=None if arguments.samples is None else load(arguments.samples),
            calibration=arguments.calibration,
            input_type=arguments.input_type,
            output_type=arguments.output_type,
            allow_float=not arguments.no_float,
            per_channel=not arguments.per_tensor,
            per_channel_dense=not arguments.per_tensor,
            num_threads=arguments.threads,
            layer_precision=_layer_precision(arguments.layer),
            lint=not arguments.no_lint,
        )
    assert isinstance(blob, bytes)
    size = write_atomically(output, [blob])
    if not arguments.quiet:
        before = arguments.model.stat().st_size
        seconds = time.perf_counter() - started
        print(
            f"{arguments.model} -> {output}  {before / 1e6:.2f} MB -> {size / 1e6:.2f} MB {arguments.mode}, "
            f"{seconds:.2f} s",
            file=sys.stderr,
        )


def _layer_precision(options: list[str]) -> dict[str, str]:
    precision: dict[str, str] = {}
    for option in options:
        pattern, separator, mode = option.rpartition("=")
        if not separator or not pattern:
            raise ValueError(f"--layer {option}: give a layer and its mode as PATTERN=MODE, e.g. dense_7=float32")
        precision.setdefault(pattern, mode)
    return precision


def _beside(model: Path, mode: str) -> Path:
    return model.with_name(f"{model.stem}_{mode}.tflite") if model.name else model


@contextlib.contextmanager
def _plain_warnings() -> Iterator[None]:
    """Each warning is a line that says so; a line of the program says nothing to those who type a command."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default", CalibrationWarning)
        yield
    for one in caught:
        print(f"warning: {one.message}", file=sys.stderr)
