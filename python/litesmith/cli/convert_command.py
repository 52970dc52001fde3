"""``litesmith convert``: a Keras file becomes a ``.tflite`` file."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from litesmith.progress import elapsed

if TYPE_CHECKING:
    import argparse

__all__ = ["add_parser"]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "convert",
        help="convert a Keras model file to .tflite",
        description="Convert a Keras model (.h5, .hdf5, .keras) to a float32 .tflite file.",
    )
    parser.add_argument("model", type=Path, metavar="IN", help="the .h5, .hdf5 or .keras file")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="the file to write (default: IN with the suffix .tflite)"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but warnings and errors")
    parser.add_argument("--no-metadata", action="store_true", help="leave out the entry CONVERSION_METADATA")
    parser.set_defaults(handler=_convert)


def _convert(arguments: argparse.Namespace) -> None:
    from litesmith.converter import TFLiteConverter
    from litesmith.files import require_writable, write_atomically

    started = time.perf_counter()
    output = require_writable(arguments.output or _beside(arguments.model))
    converter = TFLiteConverter.from_keras_model_file(arguments.model)
    converter.exclude_conversion_metadata = arguments.no_metadata
    with elapsed(f"converting {arguments.model.name}", hidden=arguments.quiet):
        blob = converter.convert()
    size = write_atomically(output, [blob])
    if not arguments.quiet:
        seconds = time.perf_counter() - started
        print(f"{arguments.model} -> {output}  {size / 1e6:.2f} MB float32, {seconds:.2f} s", file=sys.stderr)


def _beside(model: Path) -> Path:
    if model.suffix == ".tflite":
        raise ValueError(f"{model} is a .tflite file already; look into it with: litesmith inspect {model}")
    return model.with_name(f"{model.stem}.tflite") if model.name else model
