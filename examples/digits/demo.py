"""Convert a small Keras CNN to .tflite and run it on ten test images. Needs neither Keras nor TensorFlow.

The images are from scikit-learn's digits (UCI, E. Alpaydin and C. Kaynak, CC BY 4.0); train.py made model and samples.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from litesmith import lite

HERE = Path(__file__).parent


def main() -> None:
    """Convert, run, print predictions against labels, file size and times."""
    source = HERE / "digits_cnn.keras"
    samples = np.load(HERE / "ten_digits.npz")
    images, labels = samples["images"], samples["labels"]

    started = time.perf_counter()
    model = lite.TFLiteConverter.from_keras_model(source).convert()
    seconds = time.perf_counter() - started
    path = Path(tempfile.mkdtemp()) / "digits_cnn.tflite"
    path.write_bytes(model)

    interpreter = lite.Interpreter(model_path=path)
    image, digit = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    interpreter.allocate_tensors()
    right, microseconds = 0, []
    for picture, label in zip(images, labels, strict=True):
        interpreter.set_tensor(image["index"], picture[None])
        started = time.perf_counter()
        interpreter.invoke()
        microseconds.append((time.perf_counter() - started) * 1e6)
        scores = interpreter.get_tensor(digit["index"])[0]
        guess = int(scores.argmax())
        right += guess == label
        print(f"label {label}  predicted {guess}  {scores[guess]:6.1%}  {'' if guess == label else '<- wrong'}")
    print(f"{right} of {len(labels)} right")
    sizes = f"{source.name} {source.stat().st_size / 1e3:.1f} kB -> {path} {len(model) / 1e3:.1f} kB"
    print(f"{sizes} in {seconds * 1e3:.0f} ms")
    print(f"one image: {np.median(microseconds):.0f} us (median)")


if __name__ == "__main__":
    main()
