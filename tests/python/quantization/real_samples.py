"""Real calibration data: scikit-learn's digits and tables; photographs, digits and speech beside the repository."""

from __future__ import annotations

import gzip
import struct
import wave
from pathlib import Path

import numpy as np
import pytest

__all__ = ["digits", "handwriting", "photographs", "spectrograms"]

_PHOTOGRAPHS = ("cat.bmp", "bird.bmp", "sunflower.bmp", "grace_hopper.bmp", "posenet_test_image.bmp")
_SPEECH = ("yes", "no", "noise")


def digits(count: int = 200) -> np.ndarray:
    """[count, 8, 8, 1] in 0..1, all ten classes."""
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed; ./dev test installs it")
    return (datasets.load_digits().images[:count] / 16).astype(np.float32)[..., np.newaxis]


def handwriting(shared: Path, count: int = 200) -> np.ndarray:
    """[count, 28, 28, 1] of MNIST in 0..1."""
    content = gzip.decompress((shared / "scenarios" / "data" / "t10k-images-idx3-ubyte.gz").read_bytes())
    return np.frombuffer(content, np.uint8, offset=16).reshape(-1, 28, 28, 1)[:count] / np.float32(255)


def photographs(shared: Path, side: int, count: int = 60) -> np.ndarray:
    """[count, side, side, 3] in whole numbers of 0..255: parts of photographs in several resolutions."""
    generator = np.random.default_rng(1)
    pictures = [_bitmap(shared / "corpus" / "data" / name) for name in _PHOTOGRAPHS]
    parts = []
    for number in range(count):
        picture = pictures[number % len(pictures)]
        step = int(generator.integers(1, min(picture.shape[:2]) // side + 1))
        top, left = (int(generator.integers(0, size - step * side + 1)) for size in picture.shape[:2])
        part = picture[top : top + step * side, left : left + step * side]
        parts.append(part.reshape(side, step, side, step, 3).mean(axis=(1, 3)).round())
    return np.array(parts, np.float32)


def spectrograms(shared: Path, frames: int, bands: int, count: int = 100) -> np.ndarray:
    """[count, frames, bands]: logarithmic spectra of recorded words and noises, moved in time and loudness."""
    generator = np.random.default_rng(2)
    sounds = [_sound(shared / "corpus" / "data" / f"{name}_1000ms.wav") for name in _SPEECH]
    made = []
    for number in range(count):
        sound = np.roll(sounds[number % len(sounds)], generator.integers(-3000, 3000)) * generator.uniform(0.5, 1.5)
        sound = np.pad(sound, (0, 1000))
        spectra = [np.abs(np.fft.rfft(sound[320 * i : 320 * i + 640] * np.hanning(640))) for i in range(frames)]
        made.append(np.stack([part.mean(axis=1) for part in np.array_split(np.array(spectra), bands, axis=1)], axis=1))
    return np.log(np.array(made) + 1e-6).astype(np.float32)


def _bitmap(path: Path) -> np.ndarray:
    content = path.read_bytes()
    start = struct.unpack_from("<I", content, 10)[0]
    width, height = struct.unpack_from("<ii", content, 18)
    depth = struct.unpack_from("<H", content, 28)[0] // 8
    stride = (width * depth + 3) // 4 * 4
    rows = np.frombuffer(content, np.uint8, abs(height) * stride, start).reshape(abs(height), stride)
    return rows[:, : width * depth].reshape(abs(height), width, depth)[:, :, :3]


def _sound(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / 32768
