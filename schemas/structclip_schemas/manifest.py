"""The manifest: a dataset exists only if its manifest does (DESIGN section 2)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from structclip_schemas.errors import ContractError
from structclip_schemas.tables import TABLES, VERSION

MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Shard:
    """One Parquet file of a dataset: its name, rows, size in bytes and sha256."""

    name: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a dataset holds and how it was made; no clock, host, path of output, or worker count in it."""

    table: str
    rows: int
    shards: tuple[Shard, ...]
    plan_hash: str
    inputs: tuple[dict[str, Any], ...]
    parameters: dict[str, Any]
    graph_source: str
    parent: str | None
    tally: dict[str, int]
    without_negative: dict[str, int] = field(default_factory=dict)
    software: dict[str, str] = field(default_factory=dict)
    format: str = "structclip"
    version: int = VERSION

    def to_json(self) -> str:
        """The manifest file's text, the same bytes for the same content."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def plan_hash(table: str, parameters: dict[str, Any], input_hashes: list[str], graph_source: str) -> str:
    """sha256 of the canonical JSON of what decides a dataset's content: never a path, worker count or host."""
    content = {
        "table": table,
        "version": VERSION,
        "parameters": parameters,
        "inputs": input_hashes,
        "graph_source": graph_source,
    }
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def input_mark(entry: Mapping[str, Any]) -> str:
    """What tells an input's content from another's: its sha256, or size and etag where it was not read whole."""
    return str(entry["sha256"]) if "sha256" in entry else f"{entry['size']}-{entry['etag']}"


def canonical_json(content: Any) -> str:
    """Compact JSON with sorted keys, UTF-8 as it is."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def manifest_from_json(text: str, where: str) -> Manifest:
    """
    Read a manifest's text.

    Raises ContractError when it is not JSON, of another format or version, or contradicts itself.
    """
    content = _content(text, where)
    try:
        shards = tuple(Shard(**s) for s in content.pop("shards"))
        inputs = tuple(content.pop("inputs"))
        manifest = Manifest(shards=shards, inputs=inputs, **content)
    except (KeyError, TypeError) as error:
        raise ContractError(
            f"{where}: manifest with other keys than version {VERSION} has ({error}). Remake the dataset."
        ) from error
    _check(manifest, where)
    return manifest


def _content(text: str, where: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise ContractError(
            f"{where}: not JSON ({error}). Remake the dataset with the command that wrote it."
        ) from error
    if not isinstance(content, dict) or content.get("format") != "structclip":
        raise ContractError(
            f'{where}: no structclip manifest (wanted "format": "structclip"). Point to a dataset\'s folder.'
        )
    if content.get("version") != VERSION:
        raise ContractError(
            f"{where}: contract version {content.get('version')!r}, this structclip reads version {VERSION}. "
            "Remake the dataset with this version, or install the structclip that wrote it."
        )
    return content


def _check(manifest: Manifest, where: str) -> None:
    if manifest.table not in TABLES:
        raise ContractError(f"{where}: table {manifest.table!r}, known are {', '.join(TABLES)}.")
    rows = sum(s.rows for s in manifest.shards)
    if rows != manifest.rows:
        raise ContractError(f"{where}: {manifest.rows} rows stated, {rows} in the shards' list. Remake the dataset.")
