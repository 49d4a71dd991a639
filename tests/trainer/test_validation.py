"""Validation: recall by plain loops, ties count as wrong, every kind of negative has its share."""

from typing import Any

import torch

from structclip_trainer.batches import Collator
from structclip_trainer.corpus import open_corpus
from structclip_trainer.images import Preprocessing
from structclip_trainer.model import StructCLIPModel
from structclip_trainer.model.new_tiny import make_image_processor, make_tiny_clip, train_tokenizer
from structclip_trainer.settings import TinySettings
from structclip_trainer.validation import read_validation, validate

TINY = TinySettings(image_size=32, width=32, heads=2, vision_layers=1, text_layers=1, projection=16, vocabulary=700)


def _held_out(data: Any, images: int) -> tuple[Any, StructCLIPModel, Preprocessing]:
    tokenizer = train_tokenizer([record.caption for record in data.records], TINY)
    model = StructCLIPModel.from_clip(make_tiny_clip(TINY, tokenizer, 0), kee_layers=1, kee_width=32, kee_heads=2)
    preprocessing = Preprocessing.from_processor(make_image_processor(TINY))
    corpus = open_corpus(str(data.shards), 1)
    collator = Collator(tokenizer, 77, 16)
    return read_validation(corpus, str(data.images), preprocessing, collator, images), model, preprocessing


def test_one_caption_an_image(make_data: Any) -> None:
    """The first caption of each image is taken, up to the number wanted; broken images are noted."""
    data = make_data(images=10, captions=2)
    (data.images / "part" / "0001.png").write_bytes(b"")
    held_out, _model, _preprocessing = _held_out(data, 6)
    (batch,) = held_out.batches
    assert batch.caption_ids == [f"c{n:04d}-0" for n in (0, 2, 3, 4, 5, 6)]
    assert [(row["caption_id"], row["reason"]) for row in held_out.left_out] == [
        ("c0001-0", "unreadable-image"),
        ("c0001-1", "unreadable-image"),
    ]


def test_recall_and_accuracy(make_data: Any) -> None:
    """Recall at 1 and accuracy are what loops over all pairs count, strictly."""
    held_out, model, preprocessing = _held_out(make_data(images=10, captions=1), 100)
    found = validate(model, held_out, preprocessing, torch.device("cpu"), 0.2)
    (batch,) = held_out.batches
    with torch.no_grad():
        images = model.encode_images(preprocessing.normalised(batch.pixels))
        texts = model.encode_text(batch.input_ids)
    scores = [[float(i @ t) for t in texts] for i in images]
    i2t = sum(all(scores[n][n] > scores[n][m] for m in range(10) if m != n) for n in range(10))
    t2i = sum(all(scores[n][n] > scores[m][n] for m in range(10) if m != n) for n in range(10))
    swaps = [scores[owner][owner] > scores[owner][10 + n] for n, owner in enumerate(batch.pairing.negative_of.tolist())]
    assert abs(found["i2t_r1_plain"] - i2t / 10) < 1e-6
    assert abs(found["t2i_r1_plain"] - t2i / 10) < 1e-6
    assert abs(found["swap_accuracy_plain"] - sum(swaps) / len(swaps)) < 1e-6
    assert found["swap_attribute_plain"] == found["swap_accuracy_plain"]
    assert model.training


def test_ties_are_wrong(make_data: Any) -> None:
    """A model that sees no difference scores 0."""
    held_out, model, preprocessing = _held_out(make_data(images=4, captions=1), 100)
    with torch.no_grad():
        for weight in model.clip.text_projection.parameters():
            weight.zero_()
    found = validate(model, held_out, preprocessing, torch.device("cpu"), 0.0)
    assert found["i2t_r1_plain"] == found["t2i_r1_plain"] == found["swap_accuracy_plain"] == 0
