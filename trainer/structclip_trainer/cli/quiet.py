"""Silence for libraries that write their own progress and advice to the terminal."""


def silence_transformers() -> None:
    """Errors only, and no progress bars, from transformers."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
