"""A tiny CLIP, a run with a KEE, drawn images and datasets to evaluate on."""

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from structclip_schemas.graph import SceneGraph, Triple
from structclip_schemas.manifest import Manifest, Shard, plan_hash
from structclip_schemas.tables import row_from_record, with_metadata, write_rows
from structclip_schemas.variant import CaptionRecord, Variant

COLOURS = ("red", "blue", "green", "white")
SHAPES = ("cube", "ball")
SOURCE = "test 1 0"


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight pictures, one for each pair of colours a, b: left half a, right half b."""
    from PIL import Image

    root = tmp_path_factory.mktemp("images")
    for a in COLOURS:
        for b in COLOURS:
            picture = Image.new("RGB", (32, 32), a)
            picture.paste(Image.new("RGB", (16, 32), b), (16, 0))
            picture.save(root / f"{a}-{b}.png")
    return root


def _variant(caption: str, kind: str, triples: tuple[Triple, ...]) -> Variant:
    return Variant(caption, kind, triples, (), None, None, f"{kind}/1")


def _triples(a: str, b: str) -> tuple[Triple, ...]:
    return (
        Triple("cube", "left of", "ball", 0, 1),
        Triple("cube", "is", a, 0, None),
        Triple("ball", "is", b, 1, None),
    )


def _row(a: str, b: str, kind: str, number: int, table: str) -> dict[str, Any]:
    caption, false = f"a {a} cube left of a {b} ball", f"a {b} cube left of a {a} ball"
    variants = (_variant(false, kind, _triples(b, a)),)
    record = CaptionRecord(
        f"{a}-{b}-{number}", f"{a}-{b}", f"{a}-{b}.png", "test", caption, SceneGraph(), SOURCE, variants
    )
    row = row_from_record(record, **({"crop": None, "group": None, "pair_id": None} if table == "benchmark" else {}))
    row["triples"] = [
        {"head": t.head, "relation": t.relation, "tail": t.tail, "head_object": None, "tail_object": None}
        for t in _triples(a, b)
    ]
    return row


WriteDataset = Callable[[Path, str, list[dict[str, Any]]], Path]


@pytest.fixture(scope="session")
def write_dataset() -> WriteDataset:
    """Write rows as a finished dataset of a table and give its folder."""

    def write(folder: Path, table: str, rows: list[dict[str, Any]]) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        plan = plan_hash(table, {}, [], SOURCE)
        file = io.BytesIO()
        write_rows(file, rows, with_metadata(table, SOURCE, plan))
        content, name = file.getvalue(), f"{table}-00000-of-00001.parquet"
        (folder / name).write_bytes(content)
        shard = Shard(name, len(rows), len(content), hashlib.sha256(content).hexdigest())
        manifest = Manifest(table, len(rows), (shard,), plan, (), {}, SOURCE, None, {"kept": len(rows)})
        (folder / "manifest.json").write_text(manifest.to_json())
        return folder

    return write


@pytest.fixture(scope="session")
def benchmark_rows() -> list[dict[str, Any]]:
    """Twelve swaps of two different colours, in two groups."""
    pairs = [(a, b) for a in COLOURS for b in COLOURS if a != b]
    kinds = ("swap_attribute", "swap_object")
    rows = [_row(a, b, "benchmark:demo", i, "benchmark") for i, (a, b) in enumerate(pairs)]
    return [{**row, "group": kinds[i % 2]} for i, row in enumerate(rows)]


@pytest.fixture(scope="session")
def benchmark_folder(
    tmp_path_factory: pytest.TempPathFactory, write_dataset: WriteDataset, benchmark_rows: list[dict[str, Any]]
) -> Path:
    """A benchmark dataset of twelve comparisons."""
    return write_dataset(tmp_path_factory.mktemp("data") / "benchmark", "benchmark", benchmark_rows)


@pytest.fixture(scope="session")
def negatives_folder(tmp_path_factory: pytest.TempPathFactory, write_dataset: WriteDataset) -> Path:
    """A negatives dataset of 24 captions, two for each of twelve images."""
    pairs = [(a, b) for a in COLOURS for b in COLOURS if a != b]
    rows = [_row(a, b, "swap_attribute", i, "negatives") for a, b in pairs for i in range(2)]
    return write_dataset(tmp_path_factory.mktemp("data") / "negatives", "negatives", rows)


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    """A CLIP tokenizer that knows single letters only."""
    from transformers import CLIPTokenizer

    letters = "abcdefghijklmnopqrstuvwxyz"
    pieces = ["<pad>", *letters, *(letter + "</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={piece: number for number, piece in enumerate(pieces)}, merges=[], model_max_length=40)


@pytest.fixture(scope="session")
def clip(tokenizer: Any) -> Any:
    """A CLIP of 16 dimensions with fixed weights."""
    import torch
    from transformers import CLIPConfig, CLIPModel

    torch.manual_seed(0)
    tower = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    words = {
        "vocab_size": len(tokenizer),
        "max_position_embeddings": 40,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    config = CLIPConfig(
        text_config={**tower, **words}, vision_config={**tower, "image_size": 32, "patch_size": 8}, projection_dim=16
    )
    return CLIPModel(config).eval()


@pytest.fixture(scope="session")
def image_processor() -> Any:
    """An image processor for 32 pixels."""
    from transformers import CLIPImageProcessor

    return CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})


def _save(model: Any, tokenizer: Any, image_processor: Any, folder: Path) -> Path:
    for part in (model, tokenizer, image_processor):
        part.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory, clip: Any, tokenizer: Any, image_processor: Any) -> Path:
    """A plain CLIP folder."""
    return _save(clip, tokenizer, image_processor, tmp_path_factory.mktemp("models") / "clip")


@pytest.fixture(scope="session")
def make_run(
    tmp_path_factory: pytest.TempPathFactory, clip: Any, tokenizer: Any, image_processor: Any, clip_folder: Path
) -> Callable[[str, int], Path]:
    """Make a run with a KEE, its CLIP moved away from the base by a little noise of a seed."""

    def make(name: str, seed: int) -> Path:
        import torch

        from structclip_trainer.model import StructCLIPModel

        torch.manual_seed(seed)
        settings = {"kee_layers": 1, "kee_width": 16, "kee_heads": 2, "knowledge_weight": 0.5}
        model = StructCLIPModel.from_clip(clip, **settings).eval()
        with torch.no_grad():
            for parameter in model.clip.parameters():
                parameter += 0.02 * torch.randn_like(parameter)
        run = tmp_path_factory.mktemp("runs") / name
        _save(model, tokenizer, image_processor, run / "checkpoints" / "step-000000012")
        (run / "latest").write_text("step-000000012\n")
        (run / "config.yaml").write_text(f"seed: {seed}\n")
        (run / "run.json").write_text(json.dumps({"model": str(clip_folder)}))
        return run

    return make


@pytest.fixture(scope="session")
def run(make_run: Callable[[str, int], Path]) -> Path:
    """A run of seed 3 at step 12."""
    return make_run("default", 3)
