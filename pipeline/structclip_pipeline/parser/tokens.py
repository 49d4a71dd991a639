"""Tokens of a caption: spaCy's English tokenizer, and windows short enough to parse at once."""

import re
from collections.abc import Sequence
from typing import Any

from structclip_pipeline.parser.token_graph import Token

WINDOW = 64
"""Most tokens parsed at once; no relation joins two windows."""

_SENTENCE_ENDS = frozenset(".!?")
_LONG = 40
_ENDLESS_WORD = re.compile(r"\S{201,}")
_SURROGATE = re.compile("[\ud800-\udfff]")


def make_readable(caption: str) -> str:
    """
    A text of the same length for spaCy's tokenizer: lone surrogates, which it cannot hash, are replaced, and so are
    words of more than 200 characters, on which it takes quadratic time.

    >>> make_readable("a" + chr(0xD800)), make_readable("'" * 300) == "x" * 300
    ('a\ufffd', True)
    """
    text = _ENDLESS_WORD.sub(lambda match: "x" * len(match[0]), caption)
    return _SURROGATE.sub("\ufffd", text)


def read_tokens(doc: Any) -> list[Token]:
    """A spaCy Doc's tokens without white space."""
    return [Token(t.text.lower(), t.idx, t.idx + len(t.text)) for t in doc if not t.is_space]


def split_windows(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """
    Token ranges to parse one by one: the whole caption, or of a long one its sentences, none over ``WINDOW`` tokens.

    >>> split_windows([Token("a", 0, 1)] * 150)
    [(0, 64), (64, 128), (128, 150)]
    """
    if len(tokens) <= _LONG:
        return [(0, len(tokens))] if tokens else []
    windows = []
    start = 0
    for i, token in enumerate(tokens):
        if token.text in _SENTENCE_ENDS or i + 1 - start == WINDOW:
            windows.append((start, i + 1))
            start = i + 1
    return windows + ([(start, len(tokens))] if start < len(tokens) else [])
