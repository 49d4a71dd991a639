"""The output folder of a plan: whose it is, what may be in it, and how it is emptied and finished."""

import json
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

from structclip_pipeline.plan import Plan
from structclip_pipeline.shards import UNFINISHED
from structclip_pipeline.storage import exists, is_folder, join, names_in, publish_text, read_text, remove, remove_parts
from structclip_schemas.errors import InputError, PlanMismatchError
from structclip_schemas.manifest import MANIFEST_NAME, Manifest, input_mark, manifest_from_json
from structclip_schemas.tables import TABLES

PLAN_NAME = "plan.json"
RUN_NAME = "run.json"
_SHARD = re.compile(rf"({'|'.join(TABLES)})-\d{{5,}}-of-\d{{5,}}\.parquet")
_SHOWN = 5


class State(Enum):
    """What an output folder holds for a plan."""

    FRESH = "nothing of ours"
    UNFINISHED = "a part of this plan's dataset"
    FINISHED = "this plan's dataset"


def state_of(output: str, plan: Plan) -> State:
    """
    What the output folder holds.

    Raises PlanMismatchError when it belongs to another plan, InputError when it has shards that no plan accounts for.
    """
    require_folder(output)
    manifest = finished_manifest(output)
    if manifest is not None:
        _require_same(output, plan, manifest.plan_hash, manifest.parameters, manifest.inputs)
        return State.FINISHED
    if exists(join(output, PLAN_NAME)):
        found = _read_plan(join(output, PLAN_NAME))
        _require_same(output, plan, found.get("plan_hash"), found.get("parameters", {}), found.get("inputs", ()))
        return State.UNFINISHED
    strangers = [name for name in names_in(output) if _SHARD.fullmatch(name)]
    if strangers:
        raise InputError(
            f"{output}: holds {len(strangers)} shard(s) such as {strangers[0]} but neither {MANIFEST_NAME} nor "
            f"{PLAN_NAME}. Choose another --output, or replace them with --overwrite."
        )
    return State.FRESH


def require_folder(output: str) -> None:
    """Raise InputError when an output is a file: asked before anything is staged or written."""
    if exists(output) and not is_folder(output):
        raise InputError(f"{output}: is a file, wanted a folder to write the dataset into. Choose another --output.")


def finished_manifest(output: str) -> Manifest | None:
    """The manifest in a folder, None when there is none; ContractError when it is unreadable."""
    where = join(output, MANIFEST_NAME)
    return manifest_from_json(read_text(where), where) if exists(where) else None


def begin(output: str, plan: Plan) -> None:
    """
    Mark the folder as this plan's and remove what is left of any other run.

    The new plan is there before the old manifest goes, so that a kill between the two leaves no folder without owner.
    """
    publish_text(join(output, PLAN_NAME), plan.to_json())
    remove(join(output, MANIFEST_NAME))
    remove(join(output, RUN_NAME))
    own = {name for index in range(len(plan.shards)) for name in (plan.shard_name(index), plan.left_out_name(index))}
    sweep(output, own)


def sweep(output: str, keep: set[str]) -> None:
    """Remove shards that are not to be kept, and half-written files."""
    remove_parts(output)
    for name in names_in(output):
        if _SHARD.fullmatch(name) and name not in keep:
            remove(join(output, name))


def clean_up(output: str) -> None:
    """Remove the traces of an unfinished run from a finished dataset."""
    remove_parts(output)
    for name in names_in(output):
        if name in (UNFINISHED, PLAN_NAME):
            remove(join(output, name))


def _read_plan(where: str) -> dict[str, Any]:
    try:
        content = json.loads(read_text(where))
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise InputError(f"{where}: no plan of structclip. Choose another --output, or replace it with --overwrite.")
    return content


def _require_same(output: str, plan: Plan, plan_hash: object, parameters: Mapping[str, Any], inputs: Any) -> None:
    if plan_hash == plan.hash:
        return
    differences = [
        f"{name} {parameters.get(name)!r} there, {plan.parameters.get(name)!r} now"
        for name in sorted({*parameters, *plan.parameters})
        if parameters.get(name) != plan.parameters.get(name)
    ]
    if [input_mark(i) for i in inputs] != [input_mark(i) for i in plan.inputs]:
        differences.append("other inputs")
    what = "; ".join(differences[:_SHOWN]) or "another graph source, table or contract version"
    raise PlanMismatchError(
        f"{output}: belongs to another plan ({what}). Choose another --output, or replace it with --overwrite."
    )
