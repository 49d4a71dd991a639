"""Characters that would command a terminal or break an XML file, each replaced by one visible character."""

_PICTURES = {code: 0x2400 + code for code in range(0x20)}
_LINES = dict.fromkeys((0x85, 0x2028, 0x2029), 0x2424)
_UNPRINTABLE = dict.fromkeys((*range(0x80, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF), 0xFFFD)
_VISIBLE = {**_PICTURES, 0x7F: 0x2421, **_UNPRINTABLE, **_LINES}


def visible(text: str) -> str:
    r"""
    The text with control characters shown as their pictures; one code point for one, so that spans stay true.

    >>> visible("a\tcup\x1b[1m")
    'a␉cup␛[1m'
    """
    return text.translate(_VISIBLE)
