"""Settings: presets, files and assignments, and what is said about wrong ones."""

from pathlib import Path

import pytest
import yaml

from structclip_schemas.errors import InputError
from structclip_trainer.config import build_settings, dump_settings, explain_settings, read_config
from structclip_trainer.presets import PRESETS
from structclip_trainer.settings import Settings, TinySettings, resolve_settings


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_settings(preset: str) -> None:
    """Every preset builds, and what --print-config prints reads back as the same settings."""
    settings = build_settings(preset, {}, [])
    assert build_settings(None, yaml.safe_load(dump_settings(settings)), []) == settings
    assert build_settings(None, yaml.safe_load(explain_settings(settings)), []) == settings


@pytest.mark.parametrize("kind", [Settings, TinySettings])
def test_every_setting_is_explained(kind: type[Settings] | type[TinySettings]) -> None:
    """--print-config says of each what it means, beside its value."""
    printed = explain_settings(build_settings("default", {}, []))
    for name, field in kind.model_fields.items():
        if name == "tiny":
            continue  # a group, whose parts are asked for themselves
        assert field.description, name
        assert f"{name}:" in printed
        assert f"  # {field.description}" in printed


def test_precedence() -> None:
    """A file overrides the preset, --set overrides the file."""
    settings = build_settings("paper", {"negative_margin": 0.3, "seed": 1}, ["seed=2", "tiny.width=64"])
    assert (settings.negative_margin, settings.seed, settings.tiny.width) == (0.3, 2, 64)
    assert settings.negative_loss == "hinge"


def test_values() -> None:
    """Numbers as people write them, and lists with commas."""
    settings = build_settings(None, {}, ["learning_rate=1e-3", "require=objects,relations", "kee=false"])
    assert (settings.learning_rate, settings.require, settings.kee) == (1e-3, ("objects", "relations"), False)


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("batchsize=3", "Did you mean batch_size"),
        ("tiny.widht=3", "Did you mean tiny.width"),
        ("batch_size=many", "batch_size = 'many'"),
        ("batch_size=1", "greater than or equal to 2"),
        ("batch_size", "KEY=VALUE"),
        ("seed.x=1", "no parts"),
        ("tiny=3", "tiny has parts"),
        ("negative_loss=triplet", "negative_loss = 'triplet'"),
    ],
)
def test_wrong_assignments(assignment: str, said: str) -> None:
    """A wrong assignment is refused in words that help."""
    with pytest.raises(InputError) as error:
        build_settings(None, {}, [assignment])
    assert said in str(error.value)


def test_unknown_preset() -> None:
    """An unknown preset is refused with the known ones and the nearest."""
    with pytest.raises(InputError, match="Did you mean negclip"):
        build_settings("neg-clip", {}, [])


@pytest.mark.parametrize(
    ("text", "said"),
    [("a: [", "not YAML"), ("- 1", "KEY: VALUE"), ("version: 7", "version 7"), (None, "no such file")],
)
def test_wrong_files(tmp_path: Path, text: str | None, said: str) -> None:
    """A config file that is missing, no YAML, no mapping or of another version is refused."""
    if text is not None:
        (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_config(str(tmp_path / "c.yaml"))


def test_resolved_by_the_model() -> None:
    """What is left open is filled in by the model; what is named stays."""
    settings = build_settings(None, {}, ["kee_layers=1"])
    resolved = resolve_settings(settings, True, 128, 4)
    assert (resolved.kee_layers, resolved.kee_width, resolved.learning_rate) == (1, 128, 1e-3)
    assert resolve_settings(settings, False, 512, 8).learning_rate == 1e-5


def test_an_unknown_setting_of_a_file_names_the_file():
    """The message says in which file the unknown name stands, and the nearest known one."""
    with pytest.raises(InputError, match=r"my\.yaml: unknown setting 'batchsize'.*Did you mean batch_size"):
        build_settings(None, {"batchsize": 4}, [], "my.yaml")
