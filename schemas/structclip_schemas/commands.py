"""How every command ends: its exit code, its error line, and no traceback for a user's mistake (DESIGN section 3)."""

import signal
import sys
from collections.abc import Callable
from types import FrameType

from structclip_schemas.errors import StructclipError


class Interrupted(BaseException):
    """SIGINT or SIGTERM asked the command to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.exit_code = 128 + number


def run_command(command: Callable[[], object]) -> None:
    """Run a command and leave the process with its exit code: 0, 2 to 4 for our errors, 130 or 143, 1 for our bugs."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        command()
    except StructclipError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except Interrupted as interruption:
        print("interrupted: run it again (training: with --resume), it resumes where it stopped", file=sys.stderr)
        sys.exit(interruption.exit_code)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise Interrupted(number)
