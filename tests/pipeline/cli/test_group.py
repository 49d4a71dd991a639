"""The group of commands."""

import pytest
from click.testing import CliRunner

from structclip_pipeline.cli.group import pipeline


@pytest.mark.parametrize(
    ("given", "answer"),
    [("make-negative", "Did you mean 'make-negatives'?"), ("frobnicate", "No such command 'frobnicate'.")],
)
def test_an_unknown_command_is_answered_with_the_nearest(given, answer):
    """A slip of the keyboard is mended by the message, something else is only named."""
    result = CliRunner().invoke(pipeline, [given])
    assert result.exit_code == 2
    assert answer in result.output
