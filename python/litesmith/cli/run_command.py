"""``litesmith run``: feed arrays to a model and show what comes out."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litesmith.cli.array_files import load
from litesmith.progress import counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from litesmith.interpreter import Interpreter

__all__ = ["add_parser"]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "run",
        help="run a .tflite model on arrays",
        description="Run a .tflite model on arrays from .npy or .npz files and print its outputs. Inputs that are not "
        "given are drawn at random from a fixed seed. Open dimensions (the batch) take the size of the array.",
    )
    parser.add_argument("model", type=Path, metavar="MODEL", help="the .tflite file")
    parser.add_argument(
        "-i",
        "--input",
        action="append",
        default=[],
        metavar="[NAME=]FILE",
        help="array of an input (.npy), in the model's order or by name; an .npz holds several by name",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the outputs to a .npz file")
    parser.add_argument("--threads", type=_count, default=1, metavar="N", help="threads to use (default 1)")
    parser.add_argument("--repeat", type=_count, default=1, metavar="N", help="runs to time (default 1)")
    parser.set_defaults(handler=_run)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _run(arguments: argparse.Namespace) -> None:
    import numpy as np

    from litesmith.files import require_writable
    from litesmith.interpreter import Interpreter

    if arguments.output is not None:
        require_writable(arguments.output)
    interpreter = Interpreter(model_path=arguments.model, num_threads=arguments.threads)
    given = _read_inputs(arguments.input, [detail["name"] for detail in interpreter.get_input_details()])
    _feed(interpreter, given)
    times = []
    for _ in counted(range(arguments.repeat), total=arguments.repeat, what="running", unit="run"):
        started = time.perf_counter()
        interpreter.invoke()
        times.append(time.perf_counter() - started)
    outputs = {detail["name"]: interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()}
    for name, value in outputs.items():
        print(f"{name}: {np.asarray(value).dtype} {list(np.shape(value))}")
        print(np.array2string(np.asarray(value), threshold=20, precision=6))
    print(f"{sorted(times)[len(times) // 2] * 1e3:.3f} ms (median of {len(times)})")
    if arguments.output is not None:
        _write(arguments.output, outputs)


def _read_inputs(texts: list[str], names: list[str]) -> dict[str, NDArray[Any]]:
    given: dict[str, NDArray[Any]] = {}
    unnamed = iter(names)
    for text in texts:
        name, separator, path = text.partition("=")
        if not separator or (name not in names and Path(text).exists()):
            name, path = "", text
        loaded = load(Path(path))
        if isinstance(loaded, dict):
            given.update(loaded)
            continue
        name = name or next(unnamed, "")
        if not name:
            raise ValueError(f"{path} is one array too many; the inputs of the model are {', '.join(names)}")
        given[name] = loaded
    for name in given:
        if name not in names:
            raise ValueError(f"the model has no input '{name}'; its inputs are {', '.join(names)}")
    return given


def _feed(interpreter: Interpreter, given: dict[str, NDArray[Any]]) -> None:
    import numpy as np

    random = np.random.default_rng(0)
    details = interpreter.get_input_details()
    for detail in details:
        value = given.get(detail["name"])
        if value is not None and list(value.shape) != list(detail["shape"]):
            interpreter.resize_tensor_input(detail["index"], value.shape)
    interpreter.allocate_tensors()
    for detail in details:
        value = given.get(detail["name"])
        if value is None:
            value = _draw(random, detail)
            print(f"{detail['name']}: no array given, random values of seed 0")
        interpreter.set_tensor(detail["index"], value)


def _draw(random: np.random.Generator, detail: dict[str, Any]) -> NDArray[Any]:
    import numpy as np

    shape, dtype = tuple(detail["shape"]), np.dtype(detail["dtype"])
    if dtype.kind == "f":
        return random.random(shape).astype(dtype)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return random.integers(max(limits.min, -128), min(limits.max, 127), shape, dtype=dtype, endpoint=True)
    if dtype.kind == "b":
        return random.random(shape) < 0.5
    raise ValueError(f"the input '{detail['name']}' is {dtype.name}; give it with --input {detail['name']}=FILE")


def _write(path: Path, outputs: dict[str, Any]) -> None:
    import io

    import numpy as np

    from litesmith.files import write_atomically

    buffer = io.BytesIO()
    np.savez(buffer, **outputs)
    write_atomically(path, [buffer.getbuffer()])
