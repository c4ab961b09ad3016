"""What a command line answers when something goes wrong: one line, no traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress

import numpy as np

from rec_tutor.files import say

# what a file, an option or the machine can cause; anything else is a fault of ours
ERRORS = (
    ValueError,  # DataError is one
    RuntimeError,
    ArithmeticError,
    np.linalg.LinAlgError,
    ImportError,
    OSError,
    MemoryError,
)


def guarded(work: Callable[[], int]) -> int:
    """Do the work; returns its exit status, 1 after an error, 130 after Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError):  # a letter that a terminal lacks
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        status = work()
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        say("stopped: outputs that were not finished were not written.")
        return 130
    except BrokenPipeError:  # as in `| head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except MemoryError as error:
        say(f"error: {str(error) or 'there is not enough memory'}")
        return 1
    except ERRORS as error:
        say(f"error: {' '.join(str(error).split()) or type(error).__name__}")
        return 1
    except Exception as error:
        if type(error).__module__.split(".")[0] != "tensorflow":
            raise
        say(f"error: {str(error).splitlines()[0]}")
        return 1
