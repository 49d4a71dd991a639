"""docs/settings.md, written from the settings themselves: ``python -m structclip_trainer.settings_page > FILE``."""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from structclip_trainer.presets import PRESETS
from structclip_trainer.setting_notes import NOTES
from structclip_trainer.settings import Settings, TinySettings

_HEAD = """# Settings

Written by `python -m structclip_trainer.settings_page > docs/settings.md`; a test holds it to the code.

A run's settings are its preset (`--preset`), overridden by a file (`--config FILE`), overridden by `--set KEY=VALUE`;
`structclip-train --print-config` prints them all. Lists are given with commas. A unit of "factor" multiplies, "share"
lies between 0 and 1. The source says where the default or, where it is off by default, the idea comes from.
"""


def write_page() -> str:
    """The whole page, Markdown."""
    return "\n".join([_HEAD, *_groups(), *_presets()]) + "\n"


def documented_fields() -> dict[str, FieldInfo]:
    """Every setting by the name that ``--set`` takes."""
    fields = {name: field for name, field in Settings.model_fields.items() if name != "tiny"}
    return fields | {f"tiny.{name}": field for name, field in TinySettings.model_fields.items()}


def _groups() -> Iterator[str]:
    fields = documented_fields()
    for group, notes in NOTES.items():
        yield f"## {group}\n"
        yield "| setting | default | unit | what | source |\n|---|---|---|---|---|"
        for name, note in notes.items():
            what = "; ".join(filter(None, [fields[name].description or "", _choices(fields[name].annotation)]))
            cells = (f"`{name}`", _shown(fields[name].default), note.unit, what, note.source)
            yield f"| {' | '.join(cells)} |"
        yield ""


def _presets() -> Iterator[str]:
    """What each preset sets, beside the default of the settings."""
    fields = documented_fields()
    named = [name for name in fields if any(name in values for values in PRESETS.values())]
    yield "## Presets\n"
    yield "What a preset leaves empty has the setting's own default.\n"
    yield f"| setting | own default | {' | '.join(f'`{preset}`' for preset in PRESETS)} |"
    yield f"|---|---|{'---|' * len(PRESETS)}"
    for name in named:
        values = (_shown(preset[name]) if name in preset else "" for preset in PRESETS.values())
        yield f"| `{name}` | {_shown(fields[name].default)} | {' | '.join(values)} |"


def _shown(value: Any) -> str:
    """A value as --set takes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "(empty)"
    return "null" if value is None else str(value)


def _choices(annotation: Any) -> str:
    """The values that a setting may have, where they are named."""
    found = [choice for part in _parts(annotation) for choice in get_args(part) if isinstance(choice, str)]
    return f"one of {', '.join(found)}" if found else ""


def _parts(annotation: Any) -> Iterator[Any]:
    """The Literals within an annotation."""
    if get_origin(annotation) is Literal:
        yield annotation
    else:
        for part in get_args(annotation):
            yield from _parts(part)


if __name__ == "__main__":
    print(write_page(), end="")
