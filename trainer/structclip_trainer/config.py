"""Putting settings together: preset, then --config file, then --set; unknown names refused with the nearest one."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

import yaml
from pydantic import ValidationError

from structclip_schemas.errors import InputError
from structclip_trainer.presets import PRESETS
from structclip_trainer.settings import VERSION, Settings, TinySettings
from structclip_trainer.storage import read_text


def build_settings(
    preset: str | None, file: Mapping[str, Any], assignments: Iterable[str], where: str = "the config file"
) -> Settings:
    """
    Settings of a preset (None: the file's, or default), overridden by a file's content and by KEY=VALUE assignments.

    Raises InputError for unknown presets, names and values, which names the file ``where`` it stands.
    """
    name = str(preset or file.get("preset") or "default")
    if name not in PRESETS:
        raise InputError(f"preset {name!r}: wanted one of {', '.join(PRESETS)}.{_nearest(name, list(PRESETS))}")
    values: dict[str, Any] = {**PRESETS[name]}
    _merge(values, file, where)
    for assignment in assignments:
        _merge(values, _parse(assignment), f"--set {assignment}")
    values["preset"] = name
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise InputError(_first_fault(error)) from error
    check_together(settings)
    return settings


def check_together(settings: Settings) -> None:
    """Raise InputError for settings that ask for something only together with others."""
    if settings.kee_bert is not None and settings.kee_encoder != "bert":
        raise InputError(
            f"kee_bert {settings.kee_bert}: only read by kee_encoder=bert, which is {settings.kee_encoder}."
        )
    if settings.phrase_padding and settings.phrase_pieces is None:
        raise InputError("phrase_padding: needs to know how long a phrase is. Set phrase_pieces, such as 3.")
    if settings.phrase_table == "own" and settings.kee_encoder == "bert":
        raise InputError("phrase_table own: kee_encoder=bert always has its own. Leave it at clip.")


def read_config(location: str) -> dict[str, Any]:
    """
    The content of a YAML file of settings.

    Raises InputError when it is missing, no YAML, no mapping, or of another version.
    """
    text = read_text(location)
    if text is None:
        raise InputError(f"{location}: no such file. Wanted a YAML file of settings, as --print-config prints one.")
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"{location}: not YAML ({' '.join(str(error).split())}).") from error
    if not isinstance(content, dict):
        raise InputError(f"{location}: wanted settings as KEY: VALUE lines, as --print-config prints them.")
    if content.get("version", VERSION) != VERSION:
        raise InputError(
            f"{location}: settings of version {content['version']!r}, this structclip reads version {VERSION}. "
            "Write them anew from --print-config."
        )
    return content


def dump_settings(settings: Settings) -> str:
    """The settings as YAML that ``read_config`` reads."""
    return str(yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False))


def explain_settings(settings: Settings) -> str:
    """The settings as YAML that ``read_config`` reads, each with its meaning and unit as a comment."""
    meanings = {name: field.description for name, field in Settings.model_fields.items()}
    meanings |= {f"  {name}": field.description for name, field in TinySettings.model_fields.items()}
    lines = dump_settings(settings).splitlines()
    told = [(line, meanings.get(line.partition(":")[0])) for line in lines]
    return "".join(f"{line}  # {meaning}\n" if meaning else f"{line}\n" for line, meaning in told)


def _parse(assignment: str) -> dict[str, Any]:
    key, equals, text = assignment.partition("=")
    if not equals or not key.strip():
        raise InputError(f"--set {assignment}: wanted KEY=VALUE, such as --set batch_size=64.")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"--set {assignment}: cannot read the value {text!r}.") from error
    value = _number(value)
    name = key.strip()
    if isinstance(value, str) and _is_list(name):
        value = [part.strip() for part in value.split(",") if part.strip()]
    for part in reversed(name.split(".")):
        value = {part: value}
    return value  # type: ignore[no-any-return]


def _number(value: Any) -> Any:
    """YAML reads 1e-3 as text; people mean the number."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _is_list(name: str) -> bool:
    return name in Settings.model_fields and "tuple" in str(Settings.model_fields[name].annotation)


def _merge(values: dict[str, Any], new: Mapping[str, Any], where: str) -> None:
    if "max_steps" in new and "epochs" not in new:
        values["epochs"] = None
    for key, value in new.items():
        if key not in Settings.model_fields:
            raise InputError(f"{where}: unknown setting {key!r}.{_nearest(str(key), list(Settings.model_fields))}")
        if key == "tiny":
            _check_tiny(value, where)
            value = {**values.get("tiny", {}), **value}
        elif isinstance(value, dict):
            raise InputError(f"{where}: the setting {key} has no parts, wanted {key}=VALUE.")
        values[key] = _number(value)


def _check_tiny(value: Any, where: str) -> None:
    names = list(TinySettings.model_fields)
    if not isinstance(value, dict):
        raise InputError(f"{where}: tiny has parts, such as tiny.width (known: {', '.join(names)}).")
    for key in value:
        if key not in names:
            raise InputError(f"{where}: unknown setting 'tiny.{key}'.{_nearest(str(key), names, 'tiny.')}")


def _nearest(name: str, known: list[str], prefix: str = "") -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    hint = f" Did you mean {prefix}{near[0]}?" if near else ""
    return f"{hint} structclip-train --print-config lists all."


def _first_fault(error: ValidationError) -> str:
    fault = error.errors()[0]
    name = ".".join(str(part) for part in fault["loc"] if not isinstance(part, int))
    return f"setting {name} = {fault['input']!r}: {fault['msg']}. structclip-train --print-config lists all settings."
