"""
Arrays of plain records that ``numpy.save`` wrote as objects, read as data.

Such a file holds a program that rebuilds its objects, and loading it runs what the file says (numpy refuses to without
``allow_pickle``). Here its instructions are only listed, by :mod:`pickletools`, and those that build lists, dicts and
texts are followed; nothing it names is imported or called, and anything else is refused.
"""

import io
import pickletools
from collections.abc import Callable
from tokenize import TokenError
from typing import Any, BinaryIO

from structclip_schemas.errors import InputError

MAGIC = b"\x93NUMPY"

_ARRAY, _TYPE, _ENCODE = "array", "type", "encode"
_KNOWN = {
    "numpy.core.multiarray _reconstruct": _ARRAY,
    "numpy._core.multiarray _reconstruct": _ARRAY,
    "numpy ndarray": "class",
    "numpy dtype": _TYPE,
    "_codecs encode": _ENCODE,
}
_VALUES = frozenset(
    {"BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"}
    | {"BINBYTES", "SHORT_BINBYTES", "BINBYTES8"}
)
_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_TUPLE": tuple,
}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


class _Foreign(Exception):  # noqa: N818 - control flow within this module
    """An instruction that is not followed."""


class _Named:
    """Something the file names, standing for it; ``content`` is what the file fills it with."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.content: Any = None


def read_object_array(data: bytes, url: str) -> list[Any]:
    """
    The records of an ``.npy`` file's object array.

    Raises InputError when it is another array, is cut off, or holds more than lists, dicts, texts and numbers.
    """
    file = io.BytesIO(data)
    kind = _read_type(file, url)
    if not kind.hasobject:
        raise InputError(f"{url}: an array of {kind}, wanted one of annotations (objects). Check the file.")
    try:
        return _records(data[file.tell() :])
    except (_Foreign, ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{url}: a numpy array of pickled objects that holds more than plain records ({error}), and structclip "
            "runs no code from files. If you trust it, write it as JSON once: "
            f"json.dump(numpy.load({url!r}, allow_pickle=True).tolist(), open('records.json', 'w')), and import that."
        ) from error


def _read_type(file: BinaryIO, url: str) -> Any:
    """The array's numpy dtype from the header; the file then stands at its content."""
    from numpy.lib import format as npy

    headers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    try:
        return headers[npy.read_magic(file)](file)[2]
    except (ValueError, KeyError, TypeError, SyntaxError, TokenError) as error:
        raise InputError(f"{url}: no readable .npy file (damaged header: {error}). Copy it again.") from error


def _records(program: bytes) -> list[Any]:
    machine = _Machine()
    for instruction, argument, _ in pickletools.genops(program):
        machine.follow(instruction.name, argument)
    top = machine.stack[-1]
    content = top.content if isinstance(top, _Named) else None
    if not isinstance(content, list):
        raise _Foreign("its outermost value is no array of objects")
    return content


class _Machine:
    """The stack, marks and memory that the instructions work on."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memory: dict[int, Any] = {}
        self._steps: dict[str, Callable[[Any], None]] = {
            "MARK": lambda _: self.marks.append(len(self.stack)),
            "TUPLE": lambda _: self._push(tuple(self._take_to_mark())),
            "APPEND": lambda _: self._extend(self._take(1)),
            "APPENDS": lambda _: self._extend(self._take_to_mark()),
            "SETITEM": lambda _: self._set_items(self._take(2)),
            "SETITEMS": lambda _: self._set_items(self._take_to_mark()),
            "MEMOIZE": lambda _: self._remember(len(self.memory)),
            **dict.fromkeys(("BINPUT", "LONG_BINPUT"), self._remember),
            **dict.fromkeys(("BINGET", "LONG_BINGET"), lambda place: self._push(self.memory[place])),
            "GLOBAL": lambda name: self._push(_named(name)),
            "STACK_GLOBAL": lambda _: self._push(_named(" ".join(self._take(2)))),
            "REDUCE": lambda _: self._stand_in(*self._take(2)),
            "BUILD": lambda _: self._fill(*self._take(1)),
            **dict.fromkeys(("PROTO", "FRAME", "STOP"), lambda _: None),
        }

    def follow(self, name: str, argument: Any) -> None:
        """Follow one instruction; _Foreign when it is not among those that build plain data."""
        if name in _VALUES:
            self._push(argument)
        elif name in _CONSTANTS:
            self._push(_CONSTANTS[name]())
        elif name in _TUPLES:
            self._push(tuple(self._take(_TUPLES[name])))
        elif name in self._steps:
            self._steps[name](argument)
        else:
            raise _Foreign(f"instruction {name}")

    def _push(self, value: Any) -> None:
        self.stack.append(value)

    def _take(self, count: int) -> list[Any]:
        taken = self.stack[-count:]
        if len(taken) < count:
            raise _Foreign("an instruction without its values")
        del self.stack[-count:]
        return taken

    def _take_to_mark(self) -> list[Any]:
        start = self.marks.pop()
        taken = self.stack[start:]
        del self.stack[start:]
        return taken

    def _remember(self, place: int) -> None:
        self.memory[place] = self.stack[-1]

    def _extend(self, values: list[Any]) -> None:
        if not isinstance(self.stack[-1], list):
            raise _Foreign("an append to something that is no list")
        self.stack[-1].extend(values)

    def _set_items(self, values: list[Any]) -> None:
        if not isinstance(self.stack[-1], dict):
            raise _Foreign("an item of something that is no dict")
        self.stack[-1].update(zip(values[::2], values[1::2], strict=True))

    def _stand_in(self, function: Any, arguments: Any) -> None:
        """A call: for numpy's own builders a stand-in is put in the place of what they would return."""
        role = function.role if isinstance(function, _Named) else None
        if role == _ENCODE:
            self._push(str(arguments[0]).encode("latin-1"))
        elif role in (_ARRAY, _TYPE):
            self._push(_Named(role))
        else:
            raise _Foreign("a call of something else than numpy's array")

    def _fill(self, state: Any) -> None:
        target = self.stack[-1]
        if not isinstance(target, _Named):
            raise _Foreign("a state for something else than numpy's array")
        if target.role == _ARRAY:
            target.content = state[4]


def _named(name: str) -> _Named:
    if name not in _KNOWN:
        raise _Foreign(f"it names {name.replace(' ', '.')}")
    return _Named(_KNOWN[name])
