"""Arrays over the interpreter's own memory."""

from __future__ import annotations

import copy
import gc

import numpy as np
import pytest

from litesmith.interpreter import Interpreter

REFUSAL = "There is at least 1 reference to internal data"


def ready(content: bytes) -> Interpreter:
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    return interpreter


def test_a_view_shows_and_changes_the_memory(classifier: bytes) -> None:
    interpreter = ready(classifier)
    get = interpreter.tensor(0)
    get()[:] = 2
    interpreter.invoke()
    assert interpreter.get_tensor(0).tolist() == [[2, 2, 2, 2]]
    np.testing.assert_array_equal(interpreter.tensor(4)(), interpreter.get_tensor(4))


def test_a_living_view_or_slice_blocks_what_could_move_it_and_its_end_frees_at_once(classifier: bytes) -> None:
    interpreter = ready(classifier)
    get = interpreter.tensor(0)
    piece = get()[0, 1:]
    blocked = (interpreter.invoke, interpreter.allocate_tensors, lambda: interpreter.resize_tensor_input(0, [2, 4]))
    assert not interpreter._safe_to_run()
    for call in blocked:
        with pytest.raises(RuntimeError, match=REFUSAL):
            call()
    interpreter.set_tensor(0, np.ones((1, 4), np.float32))
    assert piece.tolist() == [1, 1, 1]
    del piece
    assert interpreter._safe_to_run()
    for call in blocked[:2]:
        call()


def test_the_function_alone_blocks_nothing_and_follows_a_resize(classifier: bytes) -> None:
    interpreter = ready(classifier)
    get = interpreter.tensor(0)
    interpreter.invoke()
    interpreter.resize_tensor_input(0, [3, 4])
    interpreter.allocate_tensors()
    assert get().shape == (3, 4)


def test_a_view_outlives_its_interpreter(classifier: bytes) -> None:
    interpreter = ready(classifier)
    interpreter.set_tensor(0, np.full((1, 4), 5, np.float32))
    interpreter.invoke()
    views = [interpreter.tensor(index)() for index in (0, 1, 4)]
    before = [view.copy() for view in views]
    del interpreter
    gc.collect()
    _ = [np.full(100_000, 255, np.uint8) for _ in range(20)]
    for view, values in zip(views, before, strict=True):
        np.testing.assert_array_equal(view, values)


def test_a_view_of_a_constant_cannot_be_written(classifier: bytes) -> None:
    weights = ready(classifier).tensor(1)()
    assert not weights.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        weights[:] = 0


def test_a_signature_runner_blocks_nothing(classifier: bytes) -> None:
    interpreter = ready(classifier)
    runner = interpreter.get_signature_runner()
    interpreter.invoke()
    runner(image=np.zeros((1, 4), np.float32))
    interpreter.invoke()


def test_a_shallow_copy_shares_the_memory_and_a_clone_does_not(classifier: bytes) -> None:
    interpreter = ready(classifier)
    twin, clone = copy.copy(interpreter), interpreter.clone()
    clone.allocate_tensors()
    interpreter.set_tensor(0, np.full((1, 4), 3, np.float32))
    assert twin.get_tensor(0).max() == 3
    assert clone.get_tensor(0).max() == 0
