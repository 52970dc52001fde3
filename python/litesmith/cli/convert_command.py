"""``litesmith convert``: a Keras file, SavedModel or frozen graph becomes a ``.tflite`` file."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from litesmith.cli.flag_values import comma_list, shapes
from litesmith.progress import elapsed

if TYPE_CHECKING:
    import argparse

    from litesmith.converter.base import Converter

__all__ = ["add_parser"]

_GRAPHS = (".pb", ".pbtxt")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "convert",
        help="convert a Keras model file, a SavedModel or a frozen graph to .tflite",
        description="Convert a Keras model (.h5, .hdf5, .keras), the folder of a SavedModel or a frozen graph (.pb, "
        ".pbtxt) to a float32 .tflite file. TensorFlow is not needed. The outputs of a graph decide what of it is "
        "converted; summarize_graph names candidates.",
        epilog="example: litesmith convert frozen.pb --inputs image --outputs scores -o model.tflite",
    )
    parser.add_argument("model", type=Path, metavar="IN", help="the file, or the folder of a SavedModel")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="the file to write (default: IN with the suffix .tflite)"
    )
    parser.add_argument("--inputs", type=comma_list, metavar="NAMES", help="of a graph: arrays that become the inputs")
    parser.add_argument(
        "--outputs", type=comma_list, metavar="NAMES", help="of a graph: arrays that become the outputs"
    )
    parser.add_argument(
        "--shapes", type=shapes, metavar="SHAPES", help="of a graph's inputs, with colons between: 1,28,28,1:1,10"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but warnings and errors")
    parser.add_argument("--no-metadata", action="store_true", help="leave out the entry CONVERSION_METADATA")
    parser.set_defaults(handler=_convert)


def _convert(arguments: argparse.Namespace) -> None:
    from litesmith.files import require_writable, write_atomically

    started = time.perf_counter()
    output = require_writable(arguments.output or _beside(arguments.model))
    converter = _converter(arguments)
    converter.exclude_conversion_metadata = arguments.no_metadata
    with elapsed(f"converting {arguments.model.name}", hidden=arguments.quiet):
        blob = converter.convert()
    size = write_atomically(output, [blob])
    if not arguments.quiet:
        seconds = time.perf_counter() - started
        print(f"{arguments.model} -> {output}  {size / 1e6:.2f} MB float32, {seconds:.2f} s", file=sys.stderr)


def _converter(arguments: argparse.Namespace) -> Converter:
    from litesmith.converter import TFLiteConverter, TFLiteConverterV1

    model: Path = arguments.model
    if model.suffix in _GRAPHS and not model.is_dir():
        if not (arguments.inputs and arguments.outputs):
            raise ValueError(
                f"{model} is a graph: say between which arrays, with --inputs NAMES --outputs NAMES. "
                f"summarize_graph --in_graph={model} names candidates"
            )
        given = dict(zip(arguments.inputs, arguments.shapes or (), strict=False)) or None
        return TFLiteConverterV1.from_frozen_graph(model, arguments.inputs, arguments.outputs, given)
    if arguments.inputs or arguments.outputs or arguments.shapes:
        raise ValueError(f"--inputs, --outputs and --shapes are for graphs ({', '.join(_GRAPHS)}), and {model} is none")
    if model.is_dir():
        return TFLiteConverter.from_saved_model(model)
    return TFLiteConverter.from_keras_model_file(model)


def _beside(model: Path) -> Path:
    if model.suffix == ".tflite":
        raise ValueError(f"{model} is a .tflite file already; look into it with: litesmith inspect {model}")
    return model.with_name(f"{model.name if model.is_dir() else model.stem}.tflite") if model.name else model
