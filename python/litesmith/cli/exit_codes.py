"""From exceptions to exit codes: one line for the user's mistakes, a traceback only for ours."""

from __future__ import annotations

import os
import sys
import warnings
from typing import TYPE_CHECKING

from litesmith.errors import ConverterError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["INTERRUPTED", "USER_ERROR", "WRONG_ARGUMENTS", "as_exit_code"]

USER_ERROR = 1
WRONG_ARGUMENTS = 2
INTERRUPTED = 130


def as_exit_code(action: Callable[[], None], *, debug: bool) -> int:
    """Run an action and return 0, or the exit code of what it raised after printing it to stderr."""
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_, **__: print(f"warning: {message}", file=sys.stderr)
            action()
    except KeyboardInterrupt:
        print("interrupted; nothing was written", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of stdout has gone, as in `litesmith inspect model.tflite | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ConverterError, ImportError, OSError, RuntimeError, TypeError, ValueError) as error:
        if debug:
            raise
        print(f"error: {_text(error)}", file=sys.stderr)
        return USER_ERROR
    return 0


def _text(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None and error.strerror is not None:
        return f"{os.fsdecode(error.filename)}: {error.strerror}"
    return str(error)
