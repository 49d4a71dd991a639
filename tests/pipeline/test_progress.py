"""Progress: a bar on a terminal, plain lines elsewhere, nothing on stdout."""

import io
import sys

from structclip_pipeline import progress as module
from structclip_pipeline.progress import progress, progress_line


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        """Say so."""
        return True


def test_a_terminal_gets_a_bar_with_rows_a_second(monkeypatch, capsys):
    """Rows finished by an earlier run count as done, not as speed."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    with progress("build-graphs", 1000, done=400) as advance:
        advance(600)
    assert "1000/1000" in terminal.getvalue() and "rows/s" in terminal.getvalue()
    assert capsys.readouterr().out == ""


def test_elsewhere_a_plain_line_is_written_now_and_then(monkeypatch, capsys):
    """None for work that ends quickly."""
    with progress("x", 10) as advance:
        advance(5)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(module, "_LINE_SECONDS", 0.0)
    with progress("x", 10) as advance:
        advance(5)
    assert capsys.readouterr().err.startswith("x: 5 of 10 rows")


def test_a_line_without_speed_does_not_divide_by_zero():
    """Nothing done yet."""
    assert progress_line("x", 5, 10, 0, 1.0).endswith("time left unknown")
