"""From exceptions to exit codes: one line for the user's mistakes, a traceback only for ours."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING

from litesmith.errors import ConverterError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["INTERRUPTED", "USER_ERROR", "as_exit_code"]

USER_ERROR = 1
INTERRUPTED = 130


def as_exit_code(action: Callable[[], None], *, debug: bool) -> int:
    """Run an action and return 0, or the exit code of what it raised after printing it to stderr."""
    warnings.showwarning = lambda message, *_, **__: print(f"warning: {message}", file=sys.stderr)
    try:
        action()
    except KeyboardInterrupt:
        print("interrupted; nothing was written", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except (ConverterError, OSError, RuntimeError, TypeError, ValueError) as error:
        if debug:
            raise
        print(f"error: {error}", file=sys.stderr)
        return USER_ERROR
    return 0
