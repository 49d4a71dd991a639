"""Every setting is documented, and the page says what the code does."""

from pathlib import Path

import pytest

from structclip_trainer.presets import PRESETS
from structclip_trainer.setting_notes import NOTES
from structclip_trainer.settings_page import documented_fields, write_page

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_is_that_of_the_code() -> None:
    """docs/settings.md is what python -m structclip_trainer.settings_page prints now."""
    assert PAGE.read_text(encoding="utf-8") == write_page()


def test_every_setting_has_default_unit_and_source() -> None:
    """Each setting stands once, with a description, a source and, unless it is a name or yes or no, a unit."""
    noted = [name for group in NOTES.values() for name in group]
    assert sorted(noted) == sorted(documented_fields())
    for name, field in documented_fields().items():
        assert field.description, name
    notes = {name: note for group in NOTES.values() for name, note in group.items()}
    for name, note in notes.items():
        assert note.source, name
        is_number = isinstance(documented_fields()[name].default, int | float) and name not in ("version", "seed")
        no_unit = ("beta2", "epsilon", "lora_alpha")
        if is_number and not isinstance(documented_fields()[name].default, bool) and name not in no_unit:
            assert note.unit, name


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_stand_on_the_page(preset: str) -> None:
    """What a preset sets can be read there."""
    table = PAGE.read_text(encoding="utf-8").split("## Presets")[1]
    assert f"`{preset}`" in table
    for name in PRESETS[preset]:
        assert f"| `{name}` |" in table
