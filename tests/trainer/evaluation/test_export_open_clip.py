"""structclip-export --format open_clip, read by the names of openai's CLIP as open_clip has them, and by open_clip."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from structclip_schemas.errors import InputError
from structclip_trainer.export import export_model
from structclip_trainer.loading import load_model
from structclip_trainer.open_clip_names import open_clip_config

TEXTS = ["a red cube", "a blue ball left of a cube"]


@pytest.fixture(scope="module")
def exported(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export of a run in open_clip's form."""
    folder = tmp_path_factory.mktemp("exports") / "open_clip"
    assert export_model(str(run), str(folder), "open_clip")
    return folder


def _norm(weights: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], 1e-5)


def _block(weights: dict[str, Tensor], name: str, x: Tensor, heads: int, quick: bool, causal: bool) -> Tensor:
    """One residual attention block of openai's CLIP, sample by sample and head by head; x (B, L, width)."""
    y = _norm(weights, f"{name}.ln_1", x)
    joined = y @ weights[f"{name}.attn.in_proj_weight"].T + weights[f"{name}.attn.in_proj_bias"]
    query, key, value = joined.chunk(3, dim=-1)
    size, seen = x.shape[-1] // heads, torch.zeros_like(x)
    for head in range(heads):
        part = slice(head * size, (head + 1) * size)
        scores = query[..., part] @ key[..., part].transpose(1, 2) / size**0.5
        if causal:
            scores = scores + torch.full(scores.shape[1:], float("-inf")).triu(1)
        seen[..., part] = scores.softmax(-1) @ value[..., part]
    x = x + seen @ weights[f"{name}.attn.out_proj.weight"].T + weights[f"{name}.attn.out_proj.bias"]
    y = _norm(weights, f"{name}.ln_2", x) @ weights[f"{name}.mlp.c_fc.weight"].T + weights[f"{name}.mlp.c_fc.bias"]
    y = y * torch.sigmoid(1.702 * y) if quick else F.gelu(y)
    return x + y @ weights[f"{name}.mlp.c_proj.weight"].T + weights[f"{name}.mlp.c_proj.bias"]


def _image_features(weights: dict[str, Tensor], config: dict[str, Any], pixels: Tensor) -> Tensor:
    vision = config["vision_cfg"]
    x = F.conv2d(pixels, weights["visual.conv1.weight"], stride=vision["patch_size"]).flatten(2).transpose(1, 2)
    x = torch.cat([weights["visual.class_embedding"].expand(len(x), 1, -1), x], 1)
    x = _norm(weights, "visual.ln_pre", x + weights["visual.positional_embedding"])
    for layer in range(vision["layers"]):
        heads = vision["width"] // vision["head_width"]
        x = _block(weights, f"visual.transformer.resblocks.{layer}", x, heads, config["quick_gelu"], causal=False)
    return F.normalize(_norm(weights, "visual.ln_post", x[:, 0]) @ weights["visual.proj"], dim=-1)


def _text_features(weights: dict[str, Tensor], config: dict[str, Any], ids: Tensor) -> Tensor:
    text = config["text_cfg"]
    x = weights["token_embedding.weight"][ids] + weights["positional_embedding"][: ids.shape[1]]
    for layer in range(text["layers"]):
        x = _block(weights, f"transformer.resblocks.{layer}", x, text["heads"], config["quick_gelu"], causal=True)
    x = _norm(weights, "ln_final", x)[torch.arange(len(ids)), ids.argmax(-1)]
    return F.normalize(x @ weights["text_projection"], dim=-1)


def _expected(run: Path, picture: Path) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Token ids of full length and pixels, and the run's own plain embeddings of them."""
    model, tokenizer, image_processor = load_model(str(run))
    longest = model.config.clip_config.text_config.max_position_embeddings
    ids = tokenizer(TEXTS, padding="max_length", max_length=longest, return_tensors="pt")["input_ids"]
    pixels = image_processor(images=[Image.open(picture).convert("RGB")], return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        return ids, pixels, model.encode_text(ids), model.encode_images(pixels)


def test_the_weights_give_the_runs_embeddings_under_open_clips_names(exported: Path, run: Path, images: Path):
    """A forward pass written from openai's CLIP, on the exported names alone, agrees to 1e-5."""
    from safetensors.torch import load_file

    weights = load_file(exported / "open_clip_model.safetensors")
    config = json.loads((exported / "open_clip_config.json").read_text())["model_cfg"]
    ids, pixels, text, image = _expected(run, images / "red-blue.png")
    torch.testing.assert_close(_text_features(weights, config, ids), text, atol=1e-5, rtol=0)
    torch.testing.assert_close(_image_features(weights, config, pixels), image, atol=1e-5, rtol=0)
    assert weights["visual.proj"].shape[1] == weights["text_projection"].shape[1] == config["embed_dim"]
    assert float(weights["logit_scale"].exp()) == pytest.approx(float(load_model(str(run))[0].logit_scale.detach()))


def test_open_clip_itself_loads_the_export(exported: Path, run: Path, images: Path):
    """Where open_clip is installed: model, preprocessing and tokenizer by local-dir give the run's embeddings."""
    open_clip = pytest.importorskip("open_clip", exc_type=Exception)
    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{exported}")
    tokenizer = open_clip.get_tokenizer(f"local-dir:{exported}")
    ids, _, text, image = _expected(run, images / "red-blue.png")
    pixels = preprocess(Image.open(images / "red-blue.png"))[None]
    model.eval()
    with torch.no_grad():
        torch.testing.assert_close(model.encode_text(tokenizer(TEXTS), normalize=True), text, atol=1e-5, rtol=0)
        torch.testing.assert_close(model.encode_image(pixels, normalize=True), image, atol=1e-4, rtol=0)
    assert tokenizer(TEXTS).tolist() == ids.tolist()


def test_the_command_writes_the_same_folder(exported: Path, run: Path, tmp_path: Path):
    """--format open_clip, byte for byte."""
    from click.testing import CliRunner

    from structclip_trainer.cli.export import export

    done = CliRunner().invoke(export, [str(run), "--format", "open_clip", "--output", str(tmp_path / "again")])
    assert done.exit_code == 0, done.output
    assert "exported as open_clip" in done.output
    assert {p.name: p.read_bytes() for p in exported.iterdir()} == {
        p.name: p.read_bytes() for p in (tmp_path / "again").iterdir()
    }


def test_a_second_export_does_nothing_and_another_format_is_refused(exported: Path, run: Path):
    """The plan knows the format."""
    from structclip_schemas.errors import PlanMismatchError

    assert not export_model(str(run), str(exported), "open_clip")
    with pytest.raises(PlanMismatchError, match="other options"):
        export_model(str(run), str(exported), "clip")


def test_the_card_shows_how_open_clip_loads_it(exported: Path):
    """Library and lines."""
    card = (exported / "README.md").read_text()
    assert "library_name: open_clip" in card
    assert "local-dir:" in card


def test_openais_vocabulary_is_left_to_open_clip():
    """Folders of the usual CLIP need no tokenizer files, so they work from the hub too."""
    from transformers import CLIPConfig, CLIPImageProcessor

    config = CLIPConfig()
    assert "hf_tokenizer_name" not in open_clip_config(config, CLIPImageProcessor())["model_cfg"]["text_cfg"]
    assert open_clip_config(config, CLIPImageProcessor())["model_cfg"]["quick_gelu"] is True


@pytest.mark.parametrize("change", ["siglip", "activation", "epsilon"])
def test_what_open_clip_has_no_words_for_is_refused(change: str):
    """The message says what, and names the other format."""
    from transformers import CLIPConfig, CLIPImageProcessor, SiglipConfig

    config = SiglipConfig() if change == "siglip" else CLIPConfig()
    if change == "activation":
        config.text_config.hidden_act = config.vision_config.hidden_act = "relu"
    if change == "epsilon":
        config.vision_config.layer_norm_eps = 1e-6
    with pytest.raises(InputError, match="--format clip"):
        open_clip_config(config, CLIPImageProcessor())
