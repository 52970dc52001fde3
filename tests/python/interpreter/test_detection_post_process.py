"""TFLite_Detection_PostProcess beside LiteRT: random detectors with many equal scores, real files, damaged options."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from drafts import REF, SEED
from oracle_process import Question, ask
from tiny_models import Graph, Operator, Tensor, build

from litesmith.interpreter import Interpreter

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

flexbuffers = pytest.importorskip("flatbuffers.flexbuffers", reason="the Python package 'flatbuffers' is not installed")

NAME = "TFLite_Detection_PostProcess"
DRAWS = 60
OPTIONS = {
    "max_detections": 10,
    "max_classes_per_detection": 1,
    "detections_per_class": 100,
    "use_regular_nms": False,
    "nms_score_threshold": 0.3,
    "nms_iou_threshold": 0.5,
    "num_classes": 3,
    "y_scale": 10.0,
    "x_scale": 10.0,
    "h_scale": 5.0,
    "w_scale": 5.0,
}
SCALES = ((0.03125, 128), (1 / 256, 0), (0.0035, 0))


def detector(schema: ModuleType, options: bytes, shapes: list[tuple[int, ...]], anchors: Any) -> bytes:
    """Boxes, scores -> the four results; the type is that of the anchors."""
    dtype = anchors.dtype.name.upper()
    form = [{"scales": (scale,), "zero_points": (zero,)} if dtype == "UINT8" else {} for scale, zero in SCALES]
    tensors = [
        Tensor("boxes", shapes[0], dtype, **form[0]),
        Tensor("scores", shapes[1], dtype, **form[1]),
        Tensor("anchors", anchors.shape, dtype, data=anchors, **form[2]),
        *(Tensor(f"result{k}", ()) for k in range(4)),
    ]
    node = Operator(NAME, (0, 1, 2), (3, 4, 5, 6), custom=True, custom_options=options)
    return build(schema, Graph(tensors, [node], (0, 1), (3, 4, 5, 6)))


def drawn(random: np.random.Generator, schema: ModuleType) -> tuple[Question, int]:
    """A random detector, and how many rows one detection fills."""
    classes, boxes = int(random.integers(1, 6)), int(random.integers(1, 80))
    options = OPTIONS | {
        "max_detections": int(random.integers(1, 12)),
        "max_classes_per_detection": int(random.integers(1, 4)),
        "detections_per_class": int(random.integers(1, 8)),
        "use_regular_nms": bool(random.random() < 0.5),
        "nms_score_threshold": float(random.choice([0.0, 0.3, 0.8])),
        "nms_iou_threshold": float(random.choice([0.1, 0.5, 1.0])),
        "num_classes": classes,
    }
    shapes = [(1, boxes, int(random.integers(4, 6))), (1, boxes, classes + int(random.integers(0, 2)))]
    levels = random.integers(2, 9)  # few, so that scores are often equal
    if random.random() < 0.5:
        values = [
            random.integers(0, 256, shapes[0], dtype=np.uint8),
            random.choice(random.integers(0, 256, levels, dtype=np.uint8), shapes[1]),
        ]
        anchors = random.integers(1, 256, (boxes, 4), dtype=np.uint8)
    else:
        values = [
            random.uniform(-4, 4, shapes[0]).astype(np.float32),
            random.choice(random.random(levels, dtype=np.float32), shapes[1]),
        ]
        anchors = random.uniform(0, 1, (boxes, 4)).astype(np.float32)
    rows = 1 if options["use_regular_nms"] else min(options["max_classes_per_detection"], classes)
    step = 1 if options["use_regular_nms"] else options["max_classes_per_detection"]
    return Question(detector(schema, flexbuffers.Dumps(options), shapes, anchors), values), rows * 100 + step


def results(model: bytes, values: list[Any]) -> list[Any]:
    interpreter = Interpreter(model_content=model)
    interpreter.allocate_tensors()
    for detail, value in zip(interpreter.get_input_details(), values, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    return [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]


def filled(outputs: list[Any], rows: int, step: int) -> list[Any]:
    """The rows that stand for detections; LiteRT leaves the others as they were."""
    count = int(outputs[3][0])
    places = np.array([n * step + k for n in range(count) for k in range(rows)], np.int64)
    return [outputs[0][0, places], outputs[1][0, places], outputs[2][0, places], outputs[3]]


@pytest.mark.oracle
def test_random_detectors_equal_litert_ties_included(schema: ModuleType, tmp_path: Path) -> None:
    random = np.random.default_rng(SEED)
    drafts = [drawn(random, schema) for _ in range(DRAWS)]
    wrong, found = [], 0
    for number, ((question, fill), answer) in enumerate(
        zip(drafts, ask([question for question, _ in drafts], REF, tmp_path), strict=True)
    ):
        assert not answer.refusal
        ours = filled(results(question.model, question.inputs), *divmod(fill, 100))
        theirs = filled(answer.outputs, *divmod(fill, 100))
        found += len(theirs[1])
        if not all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True)):
            wrong.append(number)
    assert found > DRAWS  # or nothing was compared
    assert not wrong


def test_rows_without_a_detection_are_zero(schema: ModuleType) -> None:
    anchors = np.full((2, 4), 0.5, np.float32)
    model = detector(schema, flexbuffers.Dumps(OPTIONS), [(1, 2, 4), (1, 2, 4)], anchors)
    scores = np.array([[[0, 0.9, 0, 0], [0, 0, 0.1, 0]]], np.float32)
    boxes, labels, found, count = results(model, [np.zeros((1, 2, 4), np.float32), scores])
    assert boxes.shape == (1, 10, 4)
    assert count[0] == 1
    assert found[0, 0] == np.float32(0.9)
    assert not boxes[0, 1:].any()
    assert not labels[0].any()
    assert not found[0, 1:].any()


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"max_detections": 65536, "max_classes_per_detection": 65536}, "too much for one tensor"),
        ({"max_detections": -1}, "max_detections is -1"),
        ({"num_classes": 0}, "num_classes is 0"),
        ({"num_classes": 9}, "dimension 2 must be 9 to 10"),
        ({"nms_iou_threshold": 0.0}, "nms_iou_threshold is 0"),
        ({"nms_iou_threshold": "much"}, "nms_iou_threshold is no finite number"),
        ({"h_scale": 0.0}, "h_scale"),
    ],
)
def test_impossible_options_name_themselves(schema: ModuleType, changed: dict[str, Any], text: str) -> None:
    options = flexbuffers.Dumps(OPTIONS | changed)
    model = detector(schema, options, [(1, 2, 4), (1, 2, 4)], np.ones((2, 4), np.float32))
    with pytest.raises((RuntimeError, ValueError), match=text):
        Interpreter(model_content=model).allocate_tensors()


def test_damaged_options_are_errors_or_other_options(schema: ModuleType) -> None:
    random = np.random.default_rng(SEED)
    whole = flexbuffers.Dumps(OPTIONS)
    refused = 0
    for _ in range(400):
        damaged = bytearray(whole[: len(whole) if random.random() < 0.7 else random.integers(1, len(whole))])
        for place in random.integers(0, len(damaged), random.integers(1, 4)):
            damaged[place] = random.integers(0, 256)
        model = detector(schema, bytes(damaged), [(1, 2, 4), (1, 2, 4)], np.ones((2, 4), np.float32))
        try:
            Interpreter(model_content=model).allocate_tensors()
        except (RuntimeError, ValueError, MemoryError):
            refused += 1
    assert 50 < refused < 400


def test_detectors_of_the_tensorflow_converter_give_its_detections(shared: Path) -> None:
    folder = shared / "scenarios" / "07_ssd_detector"
    index = json.loads((folder / "index.json").read_text())
    golden = np.load(folder / "goldens.npz")
    compared = 0
    for path in sorted((folder / "tflite").glob("tf221_*.tflite")):
        if f"{path.stem}/ref/y3" not in golden:
            continue
        assert path.stem in json.dumps(index)
        wanted = [golden[f"{path.stem}/ref/y{k}"] for k in range(4)]
        image = golden["float_raw/x0"]
        interpreter = Interpreter(model_path=str(path))
        detail = interpreter.get_input_details()[0]
        if detail["dtype"] is np.uint8:
            scale, zero_point = detail["quantization"]
            image = np.clip(np.round(image / scale + zero_point), 0, 255).astype(np.uint8)
        step = 2 if "2classes" in path.stem else 1
        ours = filled(results(path.read_bytes(), [image]), step, step)
        theirs = filled(wanted, step, step)
        compared += 1
        assert ours[3][0] == theirs[3][0] > 0, path.stem
        assert np.array_equal(ours[1], theirs[1]), path.stem
        # float32 sums of the convolutions before it stand in another order than the reference's
        assert np.abs(ours[0] - theirs[0]).max() < 1e-6, path.stem
        assert np.abs(ours[2] - theirs[2]).max() < 1e-6, path.stem
    assert compared >= 6
