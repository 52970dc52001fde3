"""``litesmith quantize``: a float ``.tflite`` file becomes a smaller one."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from litesmith.cli.quantization_options import MODES_AND_SAMPLES, add_options, keywords, plain_warnings

__all__ = ["add_parser"]

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
        description=f"Quantize a float32 model.\n\n{MODES_AND_SAMPLES}",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    parser.add_argument("-o", "--output", type=Path, metavar="OUT", help="file to write (default: MODEL_<mode>.tflite)")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but warnings and errors")
    parser.set_defaults(handler=_quantize)


def _quantize(arguments: argparse.Namespace) -> None:
    from litesmith.files import require_writable, write_atomically
    from litesmith.quantization.float_files import quantize

    started = time.perf_counter()
    output = require_writable(arguments.output or _beside(arguments.model, arguments.mode))
    with plain_warnings():
        blob = quantize(arguments.model, arguments.mode, **keywords(arguments))
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


def _beside(model: Path, mode: str) -> Path:
    return model.with_name(f"{model.stem}_{mode}.tflite") if model.name else model
