"""From a dataset's folder to its report."""

import json
from collections.abc import Callable
from typing import Any

from structclip_pipeline.report.content import Report, make_report
from structclip_pipeline.report.examples import Drawing
from structclip_pipeline.report.figures import Figures, as_content, caption_rows
from structclip_pipeline.storage import join, read_text
from structclip_schemas.dataset import Dataset
from structclip_schemas.errors import ContractError

RUN_NAME = "run.json"


def report_on(
    dataset: Dataset, examples: int, seed: int, advance: Callable[[int], None]
) -> tuple[Report, dict[str, Any]]:
    """
    The report of a dataset and the same as JSON content.

    Raises ContractError for a shard that is missing or broken.
    """
    figures, drawing = Figures(), Drawing(examples, seed)
    try:
        for row in caption_rows(dataset, advance):
            figures.count(row)
            drawing.offer(row)
    except FileNotFoundError as error:
        raise ContractError(
            f"{dataset.location}: a shard is missing ({error}). Copy it again, or remake it."
        ) from error
    run, drawn = _read_run(dataset.location), drawing.examples()
    manifest = json.loads(dataset.manifest.to_json())
    content = {
        "manifest": manifest,
        "run": run,
        "figures": as_content(figures),
        "examples": [e.caption_id for e in drawn],
    }
    return make_report(dataset.location, dataset.manifest, run, figures, drawn), content


def _read_run(location: str) -> dict[str, Any]:
    """What the run said about itself; empty where the dataset came without it."""
    try:
        content = json.loads(read_text(join(location, RUN_NAME)))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
