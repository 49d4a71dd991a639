"""How commands end."""

import os
import signal

import pytest

from structclip_schemas.commands import run_command
from structclip_schemas.errors import InputError, NumericError, QuarantineError, StructclipError


@pytest.fixture(autouse=True)
def restore_handlers():
    before = [(n, signal.getsignal(n)) for n in (signal.SIGINT, signal.SIGTERM)]
    yield
    for number, handler in before:
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("error", "code"), [(StructclipError, 1), (InputError, 2), (QuarantineError, 3), (NumericError, 4)]
)
def test_an_error_ends_with_its_code_and_one_line(error, code, capsys):
    """Each error class has its exit code, and the message is printed without a traceback."""

    def command():
        raise error("what was wrong")

    with pytest.raises(SystemExit) as end:
        run_command(command)
    assert end.value.code == code
    assert capsys.readouterr().err == "error: what was wrong\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_with_130_or_143(number, code):
    """SIGINT and SIGTERM end a command with 128 and their number."""
    with pytest.raises(SystemExit) as end:
        run_command(lambda: os.kill(os.getpid(), number))
    assert end.value.code == code
