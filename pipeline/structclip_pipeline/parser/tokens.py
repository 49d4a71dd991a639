"""Tokens of a caption: spaCy's English tokenizer, and windows short enough to parse at once."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from structclip_pipeline.parser.token_graph import Token
from structclip_schemas.spans import splits_grapheme

WINDOW = 64
"""Most tokens parsed at once; no relation joins two windows."""

_SENTENCE_ENDS = frozenset(".!?")
_LONG = 40
_ENDLESS_WORD = re.compile(r"\S{201,}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_FLAGS = re.compile("[\U0001f1e6-\U0001f1ff]+")


def make_readable(caption: str) -> str:
    """
    A text of the same length for spaCy's tokenizer: lone surrogates, which it cannot hash, are replaced, and so are
    words of more than 200 characters, on which it takes quadratic time, and characters that it would cut through.

    >>> make_readable("a" + chr(0xD800)), make_readable("'" * 300) == "x" * 300, make_readable("a \U0001f44d\U0001f3fd")
    ('a\ufffd', True, 'a xx')
    """
    text = _ENDLESS_WORD.sub(_mask, caption)
    return text if text.isascii() else _join_graphemes(_FLAGS.sub(_mask, _SURROGATE.sub("\ufffd", text)))


def _mask(match: re.Match[str]) -> str:
    return "x" * len(match[0])


def _join_graphemes(text: str) -> str:
    """Letters for characters made of several, such as emoji, which must stay in one token; accents stay as they are."""
    inside = [splits_grapheme(text, i) for i in range(len(text) + 1)]
    letters = list(text)
    for i in range(1, len(text)):
        if inside[i] and not _is_accent(text, i) and not (text[i].isspace() and not inside[i + 1]):
            letters[i] = "x"
            if not text[i - 1].isspace():
                letters[i - 1] = "x"
    return "".join(letters)


def _is_accent(text: str, i: int) -> bool:
    """Whether a mark belongs to a letter or to another mark of one."""
    return unicodedata.category(text[i]).startswith("M") and (
        text[i - 1].isalpha() or unicodedata.category(text[i - 1]).startswith("M")
    )


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
