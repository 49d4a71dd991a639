"""Packed shards: the same samples as negatives with images, nothing lost, read once, tokens of the right tokenizer."""

import hashlib
import itertools
import json
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import structclip_schemas.packed as packed
from structclip_schemas.errors import ContractError, InputError
from structclip_schemas.manifest import Manifest, Shard, plan_hash
from structclip_schemas.tables import TABLES, row_from_record, with_metadata
from structclip_schemas.tokens import TOKENS, cut_tokens, tokenizer_hash
from structclip_schemas.variant import CaptionRecord
from structclip_trainer.batches import Collator
from structclip_trainer.corpus import Corpus, open_corpus
from structclip_trainer.images import Preprocessing
from structclip_trainer.model.new_tiny import train_tokenizer
from structclip_trainer.order import Cursor, visit_windows
from structclip_trainer.packed import PackedSource
from structclip_trainer.samples import ImageCache, Sample, SampleReader, SampleSettings
from structclip_trainer.settings import TinySettings
from structclip_trainer.stream import read_rows, stream_batches

PREPROCESSING = Preprocessing(16, (16, 16), 3, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
BATCH = 4


def write_packed_dataset(
    folder: Path,
    records: list[CaptionRecord],
    images: Path,
    shards: int = 1,
    group_images: int | None = None,
    tokens: list[dict[str, Any]] | None = None,
    tokenizer: str | None = None,
) -> None:
    """Write records grouped by image; ``group_images`` images a row group; ``tokens`` one an image."""
    folder.mkdir(parents=True)
    groups = list(_grouped(records))
    bounds, digest, described = packed.bounds_of(len(groups), shards), plan_hash("packed", {}, [], "test"), []
    for index in range(shards):
        part = range(bounds[index], bounds[index + 1])
        table = _table([groups[n] for n in part], images, [tokens[n] for n in part] if tokens else None)
        table = table.cast(with_metadata("packed", "test", digest, table.schema))
        name = f"packed-{index:05d}-of-{shards:05d}.parquet"
        with (folder / name).open("wb") as file:
            _write(file, table, group_images)
        data = (folder / name).read_bytes()
        described.append(Shard(name, table.num_rows, len(data), hashlib.sha256(data).hexdigest()))
    parameters = {"tokenizer": tokenizer}
    tally = {"kept": len(groups)}
    manifest = Manifest("packed", len(groups), tuple(described), digest, (), parameters, "test", None, tally)
    (folder / "manifest.json").write_text(manifest.to_json())


def change_manifest(folder: Path, **changes: Any) -> None:
    """Change entries of a dataset's manifest."""
    content = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(content | changes))


def _grouped(records: list[CaptionRecord]) -> Iterable[list[CaptionRecord]]:
    groups: dict[str | None, list[CaptionRecord]] = {}
    for record in records:
        groups.setdefault(record.image_id, []).append(record)
    return groups.values()


def _table(groups: list[list[CaptionRecord]], images: Path, tokens: list[dict[str, Any]] | None) -> pa.Table:
    first = [group[0] for group in groups]
    pixels = packed.pixels_array([(images / str(r.image)).read_bytes() for r in first], [r.image for r in first])
    columns = {"image_id": pa.array([r.image_id for r in first]), "pixels": pixels}
    table = pa.table(columns)
    if tokens is not None:
        table = table.append_column(TOKENS, [pa.array(tokens, TOKENS.type)])
    rows = [row_from_record(record) for group in groups for record in group]
    return packed.packed_table(table, pa.Table.from_pylist(rows, TABLES["negatives"]), [len(g) for g in groups])


def _write(file: Any, table: pa.Table, group_images: int | None) -> None:
    if group_images is None:
        packed.write_packed(file, table)
        return
    with pq.ParquetWriter(file, table.schema, **packed._settings(table.schema)) as writer:
        for start in range(0, table.num_rows, group_images):
            writer.write_table(table.slice(start, group_images))


@pytest.fixture
def data(make_data: Any) -> Any:
    """Twelve images of three captions each in one shard of negatives."""
    return make_data(images=12, captions=3, shards=1)


@pytest.fixture
def pack(data: Any, tmp_path: Path) -> Any:
    """Packs the data and opens it: ``pack(shards=2, group_images=2, window=2)``."""
    numbers = itertools.count()

    def make(window: int = 2, **options: Any) -> Corpus:
        folder = tmp_path / f"packed{next(numbers)}"
        write_packed_dataset(folder, data.records, data.images, **options)
        return open_corpus(str(folder), 1, window)

    return make


def batches_of(
    corpus: Corpus, images: str = "", cursor: Cursor | None = None, workers: int = 0, crop: float = 1.0
) -> Any:
    """The stream of a corpus."""
    drawn = SampleSettings(seed=3, crop_smallest=crop)
    reader = SampleReader(corpus, images, PREPROCESSING, drawn, ImageCache(1 << 20))
    cursor = cursor or Cursor(3, corpus.manifest_hash)
    return stream_batches(reader, cursor, BATCH, corpus.window, workers, lambda item: None)


def content(samples: list[Sample]) -> list[tuple[Any, ...]]:
    """What of samples decides training."""
    return [
        (s.place, s.row.caption_id, s.row.image_key, s.row.triples, s.negative, s.keeps_knowledge, s.pixels.tobytes())
        for s in samples
    ]


def taken(batches: Any, count: int) -> list[list[tuple[Any, ...]]]:
    """The content of the next batches."""
    return [content(samples) for samples, _ in itertools.islice(batches, count)]


@pytest.mark.parametrize("crop", [1.0, 0.5])
def test_packed_gives_the_batches_of_negatives_with_images(data: Any, pack: Any, crop: float) -> None:
    """In one block both datasets have the same order: captions, draws, negatives and pixels are equal."""
    negatives = open_corpus(str(data.shards), 1)
    assert taken(batches_of(pack(1), crop=crop), 15) == taken(batches_of(negatives, str(data.images), crop=crop), 15)


def test_an_epoch_of_many_row_groups_has_every_caption_with_its_draw(data: Any, pack: Any) -> None:
    """The order is another one, the captions and what is drawn for each in an epoch are the same."""
    negatives = open_corpus(str(data.shards), 1)
    found = []
    for corpus, root in ((negatives, str(data.images)), (pack(2, shards=2, group_images=2), "")):
        epochs: dict[int, set[Any]] = {0: set(), 1: set()}
        for samples in taken(batches_of(corpus, root), 20):
            for place, caption_id, _, _, negative, keeps, _pixels in samples:
                if place.epoch < 2:
                    epochs[place.epoch].add((caption_id, negative and negative.caption, keeps))
        found.append(epochs)
    assert found[0] == found[1]
    assert len(found[0][0]) == 36


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(1, 3), st.integers(1, 5), st.integers(1, 4), st.integers(0, 12), st.sampled_from([0, 1, 3]), st.data()
)
def test_a_resumed_stream_gives_the_same_batches(
    pack: Any, shards: int, group: int, window: int, killed_after: int, workers: int, _data: Any
) -> None:
    """Wherever it is killed, whatever the row groups and however many threads read."""
    corpus = pack(window, shards=shards, group_images=group)
    whole = taken(batches_of(corpus), killed_after + 5)
    cursor = Cursor(3, corpus.manifest_hash)
    for samples, after in itertools.islice(batches_of(corpus, workers=workers), killed_after):
        assert len({s.row.image_key for s in samples}) == BATCH
        cursor = Cursor.from_json(after.to_json())
    again = open_corpus(corpus.dataset.location, 1, window)
    assert taken(batches_of(again, cursor=cursor, workers=workers), 5) == whole[killed_after:]


def test_a_row_group_is_read_once_an_epoch_and_not_again_on_resume(pack: Any, monkeypatch: Any) -> None:
    """Reading is counted: all groups once in an epoch; from its middle on only those that are still to come."""
    read: list[int] = []
    original = PackedSource._read

    def counted(self: PackedSource, index: int, columns: list[str]) -> Any:
        read.append(index)
        return original(self, index, columns)

    monkeypatch.setattr(PackedSource, "_read", counted)
    corpus = pack(2, group_images=1)
    batches = batches_of(corpus)
    cursors = [after for _, after in itertools.islice(batches, 8)]
    batches.close()
    order = list(dict.fromkeys(read))
    assert len(read) == len(order), "a group that is read twice within the epoch"
    cursor, rows = cursors[6], corpus.block_rows[0]
    passed = order[: 2 * (cursor.position // (2 * rows))]
    assert cursor.epoch == 0 and len(passed) >= 6
    read.clear()
    again = batches_of(open_corpus(corpus.dataset.location, 1, 2), cursor=cursor)
    list(itertools.islice(again, 1))
    again.close()
    assert read and not set(read) & (set(passed) - {place.row // rows for place in cursor.pending})


def test_the_next_window_is_read_while_this_one_is_used(pack: Any, monkeypatch: Any) -> None:
    """By one other thread; and no more than that: two windows are what memory holds."""
    import threading

    readers: dict[int, str] = {}
    original = PackedSource.read

    def noted(self: PackedSource, index: int, columns: list[str]) -> Any:
        readers.setdefault(index, threading.current_thread().name)
        return original(self, index, columns)

    monkeypatch.setattr(PackedSource, "read", noted)
    corpus = pack(3, group_images=1)
    batches = batches_of(corpus, workers=2)
    next(batches)
    window, following = itertools.islice(visit_windows(corpus.block_rows, Cursor(3, corpus.manifest_hash), 3), 2)
    for future in corpus.coming.values():
        future.result()
    assert {readers[b].startswith("blocks") for b in window.blocks} == {False}
    assert all(readers[b].startswith("blocks") for b in following.blocks if b in readers)
    for _ in itertools.islice(batches, 20):
        assert len(corpus.blocks) + len(corpus.coming) <= 3 + 3 + 2
    batches.close()
    assert not corpus.coming


def test_an_error_of_reading_in_advance_is_raised_where_the_rows_are_used(pack: Any, monkeypatch: Any) -> None:
    """Not lost in the thread, and not before the rows of the windows before it were used."""
    corpus = pack(2, group_images=2)
    original = PackedSource.read

    def failing(self: PackedSource, index: int, columns: list[str]) -> Any:
        if index == last:
            raise ContractError("a bad block")
        return original(self, index, columns)

    windows = itertools.islice(visit_windows(corpus.block_rows, Cursor(3, corpus.manifest_hash), 2), 3)
    last = [window.blocks for window in windows][-1][0]
    monkeypatch.setattr(PackedSource, "read", failing)
    rows, seen = read_rows(corpus, Cursor(3, corpus.manifest_hash), 2, in_advance=True), 0
    with pytest.raises(ContractError, match="a bad block"):
        for _ in rows:
            seen += 1
    assert seen >= 24


def test_captions_are_read_without_images(pack: Any, data: Any, monkeypatch: Any) -> None:
    """Training a tokenizer does not pull the pixels through the network."""
    asked: list[str] = []
    original = PackedSource._read
    monkeypatch.setattr(
        PackedSource, "_read", lambda self, index, columns: asked.extend(columns) or original(self, index, columns)
    )
    assert list(pack(1).source.captions()) == [record.caption for record in data.records]
    assert set(asked) == {"captions.list.element.caption"}


def test_packed_shards_are_read_by_url(pack: Any) -> None:
    """From any fsspec file system; here one in memory, as s3:// would be."""
    corpus = pack(2, shards=2, group_images=2)
    memory = fsspec.filesystem("memory")
    for path in Path(corpus.dataset.location).iterdir():
        memory.pipe(f"/packed/{path.name}", path.read_bytes())
    assert taken(batches_of(open_corpus("memory://packed", 1, 2)), 8) == taken(batches_of(corpus), 8)


def _break(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def test_a_flipped_bit_of_an_image_is_an_error(pack: Any) -> None:
    """Pages carry checksums, so one row group is checked without reading the whole shard."""
    folder = Path(pack(1, group_images=2).dataset.location)
    (path,) = folder.glob("packed-*")
    group = pq.ParquetFile(path).metadata.row_group(3)
    pixels = next(group.column(i) for i in range(group.num_columns) if group.column(i).path_in_schema == "pixels.bytes")
    _break(path, pixels.data_page_offset + pixels.total_compressed_size // 2)
    with pytest.raises(ContractError, match="row group 3 cannot be read"):
        list(open_corpus(str(folder), 1, 1).rows())


@pytest.mark.parametrize("case", ["missing", "other plan", "no Parquet"])
def test_a_shard_that_is_not_the_manifests_is_refused(pack: Any, case: str) -> None:
    """When the dataset is opened, before anything is trained on."""
    folder = Path(pack(1, shards=2).dataset.location)
    path = sorted(folder.glob("packed-*"))[1]
    if case == "missing":
        path.unlink()
    elif case == "no Parquet":
        path.write_bytes(b"nothing")
    else:
        change_manifest(folder, plan_hash="0" * 64)
    with pytest.raises(ContractError, match="emake the dataset"):
        open_corpus(str(folder), 1, 1)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    """A tokenizer of few merges, so that captions have many tokens."""
    return train_tokenizer(["a red square left of a blue circle"] * 3, TinySettings(vocabulary=700))


def _tokens(records: list[Any], tokenizer: Any) -> list[dict[str, Any]]:
    """The column tokens, worked out text by text."""
    images: dict[str, dict[str, Any]] = {}
    for record in records:
        image = images.setdefault(record.image_id, {"captions": [], "phrases": {}})
        negatives = [tokenizer(n.caption)["input_ids"] for n in record.negatives]
        caption = {"caption": tokenizer(record.caption)["input_ids"], "negatives": negatives, "positives": []}
        image["captions"].append(caption)
        for triple in record.graph.triples():
            for phrase in triple.lemmas:
                image["phrases"][phrase] = tokenizer(phrase, add_special_tokens=False)["input_ids"]
    return [
        {**image, "phrases": [{"text": text, "ids": ids} for text, ids in image["phrases"].items()]}
        for image in images.values()
    ]


def _collate(corpus: Corpus, tokenizer: Any, longest: int) -> list[tuple[list[list[int]], list[int]]]:
    collator = Collator(tokenizer, longest, 16, memory=corpus.phrases, known=corpus.token_ids)
    found = []
    for samples, _ in itertools.islice(batches_of(corpus), 6):
        batch = collator.collate(samples)
        assert batch.triples is not None
        found.append((batch.input_ids.tolist(), batch.triples.pieces.tolist()))
    return found


@pytest.mark.parametrize("longest", [77, 12])
def test_stored_tokens_give_the_batches_that_tokenizing_gives(
    data: Any, pack: Any, tokenizer: Any, longest: int
) -> None:
    """Captions, negatives and phrases; cut to the text tower's length as the tokenizer cuts them."""
    own = tokenizer_hash(tokenizer.backend_tokenizer.to_str())
    stored = pack(2, group_images=3, tokens=_tokens(data.records, tokenizer), tokenizer=own)
    assert stored.use_tokens(own)
    plain = pack(2, group_images=3)
    assert plain.use_tokens(own)
    next(stored.rows()), next(plain.rows())
    assert stored.phrases["left of"] and not plain.phrases
    assert _collate(stored, tokenizer, longest) == _collate(plain, tokenizer, longest)


def test_stored_tokens_are_used_only_under_the_same_hash(data: Any, pack: Any, tokenizer: Any) -> None:
    """Wrong ids on purpose: they are taken where the hash says they are right, and never otherwise."""
    own = tokenizer_hash(tokenizer.backend_tokenizer.to_str())
    tokens = _tokens(data.records, tokenizer)
    for image in tokens:
        for caption in image["captions"]:
            caption["caption"] = [tokenizer.bos_token_id, 5, tokenizer.eos_token_id]
            caption["negatives"] = [caption["caption"] for _ in caption["negatives"]]
    corpus = pack(2, group_images=3, tokens=tokens, tokenizer=own)
    assert corpus.use_tokens(own)
    assert _collate(corpus, tokenizer, 77)[0][0][0][:2] == [tokenizer.bos_token_id, 5]
    other = open_corpus(corpus.dataset.location, 1, 2)
    assert not other.use_tokens("another")
    assert _collate(other, tokenizer, 77) == _collate(pack(2, group_images=3), tokenizer, 77)


@given(st.text(max_size=60), st.integers(3, 20))
def test_cutting_is_what_the_tokenizer_does(tokenizer: Any, text: str, longest: int) -> None:
    """For any text and length."""
    whole = tokenizer(text, verbose=False)["input_ids"]
    assert cut_tokens(whole, longest) == tokenizer(text, truncation=True, max_length=longest)["input_ids"]


def test_the_hash_forgets_what_a_call_sets_and_nothing_else(tokenizer: Any) -> None:
    """Truncating changes nothing, another vocabulary does."""
    before = tokenizer_hash(tokenizer.backend_tokenizer.to_str())
    tokenizer("a red square", truncation=True, max_length=4)
    assert tokenizer_hash(tokenizer.backend_tokenizer.to_str()) == before
    other = train_tokenizer(["twelve purple hexagons"] * 3, TinySettings(vocabulary=700))
    assert tokenizer_hash(other.backend_tokenizer.to_str()) != before


def test_pixels_of_packed_rows_are_those_of_the_files(data: Any, pack: Any) -> None:
    """Small pictures are packed byte for byte."""
    row = next(pack(1).rows())
    assert row.picture == (data.images / str(data.records[0].image)).read_bytes()
    assert row.image == data.records[0].image


def _train(*arguments: object) -> None:
    from structclip_trainer.cli.train import train

    train.main([str(a) for a in arguments], standalone_mode=False)


def _log(run: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k not in ("samples_per_second", "data_wait")} for line in lines]


def test_training_on_packed_is_training_on_negatives_with_images(
    data: Any, pack: Any, tiny_options: list[str], tmp_path: Path
) -> None:
    """structclip-train --shards PACKED, without --images, resumed in the middle, also with a packed validation set."""
    location = pack(1).dataset.location
    steps = ("--set", "save_every=3", *tiny_options)
    whole = ("--set", "max_steps=6", *steps)
    _train("--shards", data.shards, "--images", data.images, "--model", "new:tiny", "--output", tmp_path / "a", *whole)
    options = ("--shards", location, "--model", "new:tiny", "--output", tmp_path / "b", "--validation", location)
    _train(*options, "--set", "max_steps=6", *steps, "--set", "num_workers=3")
    found = [line for line in _log(tmp_path / "b") if "validation" not in line]
    assert found == _log(tmp_path / "a")


def test_training_on_packed_resumes_where_it_was_killed(
    data: Any, pack: Any, tiny_options: list[str], tmp_path: Path, monkeypatch: Any
) -> None:
    """Over several row groups, with augmentation: the log and the weights of the undisturbed run."""
    from safetensors.torch import load_file

    import structclip_trainer.loop as loop

    location = pack(2, shards=2, group_images=2).dataset.location
    settings = ("--set", "save_every=2", "--set", "max_steps=6", "--set", "crop_smallest=0.6", *tiny_options)
    options = ("--shards", location, "--model", "new:tiny", *settings)
    _train(*options, "--output", tmp_path / "whole")
    take_step, steps = loop.take_step, itertools.count()

    def killed(*arguments: Any) -> Any:
        if next(steps) == 3:
            raise RuntimeError("killed")
        return take_step(*arguments)

    monkeypatch.setattr(loop, "take_step", killed)
    with pytest.raises(RuntimeError, match="killed"):
        _train(*options, "--output", tmp_path / "killed")
    monkeypatch.undo()
    _train(*options, "--output", tmp_path / "killed", "--resume", "--set", "num_workers=0")
    assert _log(tmp_path / "killed") == _log(tmp_path / "whole")
    last = "checkpoints/step-000000006/model.safetensors"
    resumed, whole = load_file(tmp_path / "killed" / last), load_file(tmp_path / "whole" / last)
    assert all(resumed[name].equal(whole[name]) for name in whole)


@pytest.mark.slow
def test_two_ranks_on_packed_do_what_one_does(
    pack: Any, two_ranks: Any, tiny_options: list[str], tmp_path: Path
) -> None:
    """Over several row groups: the losses of one process; killed and resumed, the bits of two that were not."""
    from safetensors.torch import load_file

    location = pack(2, shards=2, group_images=2).dataset.location
    # augmentation draws from each sample's own chance, so that ranks do not matter
    settings = ("--set", "save_every=4", "--set", "max_steps=24", "--set", "crop_smallest=0.6", *tiny_options)
    options = ["--shards", location, "--model", "new:tiny", *settings]
    alone, whole, killed = (tmp_path / name for name in ("alone", "whole", "killed"))
    _train(*options, "--output", alone)
    codes, said = two_ranks.run([*options, "--output", str(whole)])
    assert codes == [0, 0], said
    losses = [[line["loss"] for line in _log(run)] for run in (whole, alone)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    ranks = two_ranks.start([*options, "--output", str(killed)])
    two_ranks.wait((killed / "latest").exists, ranks)
    for rank in ranks:
        rank.kill()
    assert two_ranks.end(ranks)[0] == [-signal.SIGKILL] * 2
    codes, said = two_ranks.run([*options, "--output", str(killed), "--resume"])
    assert codes == [0, 0], said
    assert _log(killed) == _log(whole)
    last = "checkpoints/step-000000024/model.safetensors"
    resumed, undisturbed = (load_file(run / last) for run in (killed, whole))
    assert all(resumed[name].equal(undisturbed[name]) for name in undisturbed)


def test_images_are_asked_for_only_where_some_are_outside(
    data: Any, pack: Any, tiny_options: list[str], tmp_path: Path
) -> None:
    """A packed training set with a validation set of negatives still needs to know where the latter's images are."""
    location = pack(1).dataset.location
    options = ("--shards", location, "--model", "new:tiny", "--output", tmp_path / "a", *tiny_options)
    (data.images).rename(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="--images ROOT"):
        _train(*options, "--validation", data.shards, "--set", "max_steps=1")
