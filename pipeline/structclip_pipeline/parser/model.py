"""A trained parser's model: weights, vocabulary, lexicon and where they came from, on disk and in memory."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from structclip_pipeline.parser.forward import Weights
from structclip_pipeline.parser.lexicon import Lexicon
from structclip_pipeline.parser.packing import pack_arrays, unpack_arrays
from structclip_schemas.errors import InputError

WEIGHTS_FILE = "weights.npz"
LEXICON_FILE = "lexicon.json"
META_FILE = "meta.json"


@dataclass(frozen=True)
class Model:
    """What a parser needs; ``meta`` names it and says how it was trained."""

    weights: Weights
    lexicon: Lexicon
    meta: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read a model's folder; :class:`InputError` when a file is missing or broken."""
        missing = [name for name in (WEIGHTS_FILE, LEXICON_FILE, META_FILE) if not (folder / name).is_file()]
        if missing:
            raise InputError(
                f"{folder} is no trained parser: it lacks {', '.join(missing)}; "
                "give a folder that structclip-pipeline train-parser wrote, 'default' or spacy:NAME"
            )
        try:
            return cls._read(folder)
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise InputError(f"the trained parser in {folder} cannot be read: {error}; train it again") from error

    @classmethod
    def _read(cls, folder: Path) -> Self:
        with np.load(folder / WEIGHTS_FILE, allow_pickle=False) as stored:
            arrays = unpack_arrays({name: stored[name] for name in stored.files if name != "words"})
            words = tuple(stored["words"].tobytes().decode("utf-8").split("\n"))
        lexicon = Lexicon.from_json((folder / LEXICON_FILE).read_text(encoding="utf-8"))
        meta = json.loads((folder / META_FILE).read_text(encoding="utf-8"))
        return cls(Weights(arrays, words), lexicon, meta)

    def write(self, folder: Path) -> None:
        """Write the model's three files; weights that were packed before are stored as they are."""
        folder.mkdir(parents=True, exist_ok=True)
        arrays = pack_arrays(self.weights.arrays)
        words = np.frombuffer("\n".join(self.weights.words).encode("utf-8"), dtype=np.uint8)
        np.savez(folder / WEIGHTS_FILE, allow_pickle=False, words=words, **arrays)
        (folder / LEXICON_FILE).write_text(self.lexicon.to_json() + "\n", encoding="utf-8")
        (folder / META_FILE).write_text(json.dumps(dict(self.meta), indent=2, sort_keys=True) + "\n", encoding="utf-8")


def hash_model(folder: Path) -> str:
    """The sha256 of the files that decide what the parser says: lexicon, then weights."""
    digest = hashlib.sha256()
    for name in (LEXICON_FILE, WEIGHTS_FILE):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()
