"""A run's records: log.jsonl (one JSON object a line) and left_out.jsonl (rows not trained on, each once)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from structclip_schemas.errors import InputError
from structclip_trainer.samples import LeftOut
from structclip_trainer.settings import Settings
from structclip_trainer.signatures import Signature, Watch, start_watch
from structclip_trainer.storage import is_local, local_path, read_text, write_bytes

LOG = "log.jsonl"
LEFT_OUT = "left_out.jsonl"


@dataclass
class JsonLines:
    """
    A file of JSON lines that grows; remote files, which cannot grow, are written whole at :meth:`flush`.

    Only one rank ``writes``; for the others nothing happens.
    """

    location: str
    writes: bool = True
    lines: list[str] = field(default_factory=list)

    def add(self, content: dict[str, Any]) -> None:
        """Append one object."""
        if not self.writes:
            return
        line = json.dumps(content, ensure_ascii=False) + "\n"
        if is_local(self.location):
            with local_path(self.location).open("a", encoding="utf-8") as file:
                file.write(line)
        else:
            self.lines.append(line)

    def flush(self) -> None:
        """Bring a remote file up to date."""
        if self.writes and not is_local(self.location):
            write_bytes(self.location, "".join(self.lines).encode())

    def restart(self, keep: Sequence[Mapping[str, Any]]) -> None:
        """Start over with some objects."""
        if not self.writes:
            return
        self.lines = [json.dumps(content, ensure_ascii=False) + "\n" for content in keep]
        write_bytes(self.location, "".join(self.lines).encode())


def read_lines(location: str) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines; a last line that a kill cut short is dropped."""
    found = []
    for line in (read_text(location) or "").splitlines():
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return found


@dataclass
class RunLog:
    """A run's log and the watch that reads it as it grows."""

    lines: JsonLines
    watch: Watch

    def add(self, content: dict[str, Any]) -> list[Signature]:
        """Append one line, and one for each failure signature that it shows for the first time; returns those."""
        self.lines.add(content)
        found = self.watch.see(content)
        for signature in found:
            self.lines.add(signature.record())
        return found

    def flush(self) -> None:
        """Bring a remote log up to date."""
        self.lines.flush()


def open_log(run: str, step: int, writes: bool = True) -> JsonLines:
    """The run's log, without the lines of steps after ``step``, which will be done again."""
    log = JsonLines(f"{run}/{LOG}", writes)
    log.restart([line for line in read_lines(log.location) if line.get("step", 0) <= step])
    return log


def watch_log(lines: JsonLines, settings: Settings) -> RunLog:
    """The log with a watch that has seen what stands in it."""
    return RunLog(lines, start_watch(settings, read_lines(lines.location) if lines.writes else []))


@dataclass
class LeftOutRecord:
    """Counts rows left out, writes each once with its id and reason, and stops a run with too many broken images."""

    lines: JsonLines
    rows: int
    largest_share: float
    seen: set[str] = field(default_factory=set)
    tally: dict[str, int] = field(default_factory=dict)

    def add(self, item: LeftOut) -> None:
        """
        Take note of one visit of a row that is left out.

        Raises InputError when more than the allowed share of all rows has no readable image.
        """
        if item.row.caption_id in self.seen:
            return
        content = {"caption_id": item.row.caption_id, "image": item.row.image, "reason": item.reason}
        self.count(content)
        self.lines.add({**content, "detail": item.detail})
        bad = sum(count for reason, count in self.tally.items() if reason != "not-required")
        if bad > self.largest_share * self.rows:
            self.lines.flush()
            raise InputError(
                f"{bad} of {self.rows} rows have no readable image, more than {self.largest_share:.1%} "
                f"(the last: {item.detail}). Their ids and reasons are in {self.lines.location}. "
                "Check --images, or raise --set max_bad_images."
            )

    def count(self, content: dict[str, Any]) -> None:
        """Count a row by its record."""
        self.seen.add(content["caption_id"])
        self.tally[content["reason"]] = self.tally.get(content["reason"], 0) + 1


def open_left_out(run: str, rows: int, largest_share: float, writes: bool = True) -> LeftOutRecord:
    """The run's record of rows left out, continued where the run is resumed."""
    lines = JsonLines(f"{run}/{LEFT_OUT}", writes)
    earlier = read_lines(lines.location)
    lines.restart(earlier)
    record = LeftOutRecord(lines, rows, largest_share)
    for content in earlier:
        record.count(content)
    return record
