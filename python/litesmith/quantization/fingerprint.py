"""FarmHash Fingerprint64, by which TensorFlow orders the inputs of a converted Keras model."""

from __future__ import annotations

__all__ = ["LONGEST", "fingerprint64"]

LONGEST = 64
_MASK = 2**64 - 1
_K0 = 0xC3A5C85C97CB3127
_K1 = 0xB492B66FBE98F273
_K2 = 0x9AE16A3B2F90404F


def fingerprint64(text: bytes) -> int:
    """The fingerprint of at most ``LONGEST`` bytes.

    Raises:
        ValueError: longer text.
    """
    size = len(text)
    if size > LONGEST:
        raise ValueError(f"the fingerprint is defined here for at most {LONGEST} bytes, not {size}")
    if size > 32:
        return _up_to_64(text, size)
    return _up_to_32(text, size) if size > 16 else _up_to_16(text, size)


def _word(text: bytes, at: int, width: int = 8) -> int:
    return int.from_bytes(text[at : at + width], "little")


def _rotate(value: int, bits: int) -> int:
    value &= _MASK
    return ((value >> bits) | (value << (64 - bits))) & _MASK


def _mix(value: int, shift: int = 47) -> int:
    value &= _MASK
    return value ^ (value >> shift)


def _pair(u: int, v: int, factor: int) -> int:
    a = _mix(((u & _MASK) ^ (v & _MASK)) * factor)
    b = _mix(((v & _MASK) ^ a) * factor)
    return b * factor & _MASK


def _up_to_16(text: bytes, size: int) -> int:
    factor = _K2 + size * 2
    if size >= 8:
        a = _word(text, 0) + _K2
        b = _word(text, size - 8)
        return _pair(_rotate(b, 37) * factor + a, (_rotate(a, 25) + b) * factor, factor)
    if size >= 4:
        return _pair(size + (_word(text, 0, 4) << 3), _word(text, size - 4, 4), factor)
    if size == 0:
        return _K2
    y = text[0] + (text[size >> 1] << 8)
    z = size + (text[size - 1] << 2)
    return _mix((y * _K2 & _MASK) ^ (z * _K0 & _MASK)) * _K2 & _MASK


def _up_to_32(text: bytes, size: int) -> int:
    factor = _K2 + size * 2
    a = _word(text, 0) * _K1
    b = _word(text, 8)
    c = _word(text, size - 8) * factor
    d = _word(text, size - 16) * _K2
    return _pair(_rotate(a + b, 43) + _rotate(c, 30) + d, a + _rotate(b + _K2, 18) + c, factor)


def _up_to_64(text: bytes, size: int) -> int:
    factor = _K2 + size * 2
    a = _word(text, 0) * _K2
    b = _word(text, 8)
    c = _word(text, size - 8) * factor
    d = _word(text, size - 16) * _K2
    y = (_rotate(a + b, 43) + _rotate(c, 30) + d) & _MASK
    z = _pair(y, a + _rotate(b + _K2, 18) + c, factor)
    e = _word(text, 16) * factor
    f = _word(text, 24)
    g = (y + _word(text, size - 32)) * factor
    h = (z + _word(text, size - 24)) * factor
    return _pair(_rotate(e + f, 43) + _rotate(g, 30) + h, e + _rotate(f + a, 18) + g, factor)
