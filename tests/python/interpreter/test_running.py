"""Shapes, threads, processes and options: what must not change results."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from litesmith.interpreter import Interpreter, OpResolverType

if TYPE_CHECKING:
    from pathlib import Path

RESNET = "corpus/models/tiny_resnet8_float.tflite"
CHILD_SECONDS = 60


def ready(content: bytes, **options: Any) -> Interpreter:
    interpreter = Interpreter(model_content=content, **options)
    interpreter.allocate_tensors()
    return interpreter


def run(interpreter: Interpreter, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    index = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(index, x.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(index, x)
    interpreter.invoke()
    result: np.ndarray[Any, Any] = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return result


@pytest.fixture(scope="module")
def resnet(shared: Path) -> bytes:
    return (shared / RESNET).read_bytes()


@pytest.fixture(scope="module")
def images() -> np.ndarray[Any, Any]:
    return np.random.default_rng(3).uniform(0, 255, (7, 32, 32, 3)).astype(np.float32)


def test_any_batch_there_and_back_gives_the_bits_of_one_image_at_a_time(
    resnet: bytes, images: np.ndarray[Any, Any]
) -> None:
    interpreter = ready(resnet)
    single = np.concatenate([run(interpreter, image[None]) for image in images])
    assert np.ptp(single, axis=0).max() > 0.01
    np.testing.assert_array_equal(run(interpreter, images), single)
    np.testing.assert_array_equal(run(interpreter, images[:2]), single[:2])
    np.testing.assert_array_equal(run(interpreter, images[:1]), single[:1])


@pytest.mark.parametrize(
    "options",
    [
        {"num_threads": 2},
        {"num_threads": 3},
        {"experimental_preserve_all_tensors": True},
        {"num_threads": 2, "experimental_preserve_all_tensors": True},
        {"experimental_op_resolver_type": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES},
    ],
    ids=str,
)
def test_threads_and_debug_flags_do_not_change_bits(
    resnet: bytes, images: np.ndarray[Any, Any], options: dict[str, Any]
) -> None:
    np.testing.assert_array_equal(run(ready(resnet, **options), images), run(ready(resnet), images))


def test_the_reference_resolver_runs_plain_kernels_and_agrees(resnet: bytes, images: np.ndarray[Any, Any]) -> None:
    reference = ready(resnet, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    default = ready(resnet)
    plain = run(reference, images)
    # Different orders of addition: a few units in the last place of the largest probability.
    np.testing.assert_allclose(run(default, images), plain, rtol=0, atol=1e-6 * plain.max())
    plan = ready(resnet, experimental_op_resolver_type=OpResolverType.BUILTIN_REF).plan_text()
    lines = plan.splitlines()
    assert len(lines) > 10
    assert all("  scalar  " in line for line in lines)
    script = (
        "import sys; from litesmith.interpreter import Interpreter as I; i = I(model_content=sys.stdin.buffer.read())"
    )
    forced = subprocess.run(
        [sys.executable, "-c", f"{script}\ni.allocate_tensors(); print(i.plan_text())"],
        input=resnet,
        env={**os.environ, "LITESMITH_ISA": "scalar"},
        capture_output=True,
        check=True,
    )
    assert forced.stdout.decode().split() == plan.split()


def test_a_profile_has_the_time_of_every_step_of_the_plan(resnet: bytes, images: np.ndarray[Any, Any]) -> None:
    interpreter = ready(resnet)
    before = run(interpreter, images[:1])
    steps = interpreter.profile(runs=3)
    assert [line for line, _ in steps] == interpreter.plan_text().splitlines()
    convolutions = [seconds for line, seconds in steps if "CONV_2D" in line]
    softmax = [seconds for line, seconds in steps if "SOFTMAX" in line]
    assert len(convolutions) == 9
    assert sum(convolutions) > sum(softmax) > 0
    np.testing.assert_array_equal(run(interpreter, images[:1]), before)
    with pytest.raises(ValueError, match="runs is 0 but must be at least 1"):
        interpreter.profile(runs=0)
    with pytest.raises(RuntimeError, match="allocate_tensors"):
        Interpreter(model_content=resnet).profile()


def test_an_unknown_instruction_set_in_the_environment_is_named(classifier: bytes) -> None:
    script = "import sys; from litesmith.interpreter import Interpreter as I; I(model_content=sys.stdin.buffer.read())"
    result = subprocess.run(
        [sys.executable, "-c", script],
        input=classifier,
        env={**os.environ, "LITESMITH_ISA": "mmx"},
        capture_output=True,
        check=False,
    )
    assert result.returncode == 1
    assert b"ValueError: LITESMITH_ISA is 'mmx'" in result.stderr


def test_every_tensor_is_readable_with_preserve_all_tensors(classifier: bytes) -> None:
    interpreter = ready(classifier, experimental_preserve_all_tensors=True)
    interpreter.set_tensor(0, np.array([[1, -2, 3, -4]], np.float32))
    interpreter.invoke()
    hidden, scores = interpreter.get_tensor(3), interpreter.get_tensor(4)
    assert hidden.min() < 0
    np.testing.assert_array_equal(np.maximum(hidden, 0), scores)


def test_a_shape_fed_as_values_decides_the_result_at_each_invoke(bent: bytes) -> None:
    interpreter = Interpreter(model_content=bent)
    interpreter.resize_tensor_input(0, [3, 4])
    interpreter.allocate_tensors()
    x = np.arange(12, dtype=np.float32).reshape(3, 4)
    interpreter.set_tensor(0, x)
    for wished, shape in (([2, 6], (2, 6)), ([12, -1], (12, 1)), ([2, 6], (2, 6))):
        interpreter.set_tensor(1, np.array(wished, np.int32))
        interpreter.invoke()
        np.testing.assert_array_equal(interpreter.get_tensor(3), x.reshape(shape))
        assert interpreter.get_output_details()[0]["shape"].tolist() == list(shape)
    interpreter.set_tensor(1, np.array([5, 5], np.int32))
    with pytest.raises(RuntimeError, match=r"RESHAPE.*cannot become \[5, 5\]"):
        interpreter.invoke()


def test_a_batch_of_zero_gives_an_empty_result(classifier: bytes) -> None:
    assert run(ready(classifier), np.zeros((0, 4), np.float32)).shape == (0, 3)


def test_threads_may_share_one_interpreter_and_wait_for_each_other(classifier: bytes) -> None:
    interpreter = ready(classifier)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(200):
                interpreter.set_tensor(0, np.ones((1, 4), np.float32))
                interpreter.invoke()
                interpreter.get_tensor(4)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


def test_clones_in_threads_give_the_bits_of_serial_runs(resnet: bytes, images: np.ndarray[Any, Any]) -> None:
    interpreter = ready(resnet)
    serial = [run(interpreter, image[None]) for image in images]
    with ThreadPoolExecutor(4) as pool:
        parallel = list(pool.map(lambda image: run(interpreter.clone(), image[None]), images))
    for one, other in zip(serial, parallel, strict=True):
        np.testing.assert_array_equal(one, other)


FORK = """
import os, sys, threading, numpy as np
from litesmith.interpreter import Interpreter
interpreter = Interpreter(model_content=sys.stdin.buffer.read(), num_threads=2)
interpreter.resize_tensor_input(0, [4000, 4])
interpreter.allocate_tensors()
interpreter.set_tensor(0, np.ones((4000, 4), np.float32))
interpreter.invoke()
before = interpreter.get_tensor(4)
child = os.fork()
interpreter.invoke()
same = np.array_equal(before, interpreter.get_tensor(4))
if child == 0:
    os._exit(0 if same else 1)
_, status = os.waitpid(child, 0)
sys.exit(status != 0 or not same)
"""


def test_a_forked_child_goes_on_running_the_model(classifier: bytes) -> None:
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORK], input=classifier, check=True, timeout=CHILD_SECONDS)


LIGHT = """
import sys
before = set(sys.modules)
import litesmith as tf
heavy = {"h5py", "tqdm", "numpy", "tensorflow", "torch", "jax", "keras", "litesmith._core"} & set(sys.modules) - before
assert not heavy, heavy
assert tf.lite.Interpreter.__module__ == "litesmith.interpreter"
assert tf.lite.experimental.OpResolverType.BUILTIN_REF.value == 2
heavy = {"h5py", "tqdm", "tensorflow", "torch", "jax", "keras"} & set(sys.modules) - before
assert not heavy, heavy
from litesmith import lite
assert lite is tf.lite and tf.__version__
try:
    tf.nothing
except AttributeError as error:
    assert "nothing" in str(error)
else:
    raise AssertionError
"""


def test_import_loads_nothing_heavy_and_both_spellings_find_the_classes() -> None:
    subprocess.run([sys.executable, "-c", LIGHT], check=True, timeout=CHILD_SECONDS)


def test_running_a_model_prints_nothing(classifier: bytes) -> None:
    script = (
        "import sys; from litesmith.interpreter import Interpreter as I\n"
        "i = I(model_content=sys.stdin.buffer.read(), experimental_preserve_all_tensors=True)\n"
        "i.allocate_tensors(); i.invoke()"
    )
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], input=classifier, capture_output=True, check=True
    )
    assert result.stdout + result.stderr == b""
