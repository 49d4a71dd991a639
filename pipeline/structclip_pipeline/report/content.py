"""A report as sections of facts and bars, which page, Markdown and terminal then only lay out."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from structclip_pipeline.audit.intervals import Share
from structclip_pipeline.report.examples import Example
from structclip_pipeline.report.figures import BIN_NATS, Figures, VariantFigures, ranked
from structclip_schemas.manifest import Manifest

_TOP = 15
_LAST_WORDS, _LAST_ELEMENTS, _LAST_VARIANTS = 24, 8, 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a distribution: a count, and its share of the whole (from 0 to 1)."""

    label: str
    count: int
    share: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Distribution:
    """
    Bars that share one scale; ``note`` says what was left away or how to read them.

    ``apart`` is True where the bars are shares of different wholes.
    """

    title: str
    bars: tuple[Bar, ...]
    note: str = ""
    apart: bool = False

    @property
    def largest(self) -> float:
        """The share that a full bar stands for: the largest one, or 1 where the wholes are different."""
        if self.apart:
            return 1.0
        return max((bar.share for bar in self.bars), default=0.0) or 1.0


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report."""

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    distributions: tuple[Distribution, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All that a report shows."""

    title: str
    headline: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    examples: tuple[Example, ...]


def make_report(
    location: str, manifest: Manifest, run: dict[str, Any], figures: Figures, drawn: list[Example]
) -> Report:
    """Put a dataset's manifest, the counts of its run.json and its figures into sections."""
    sections = [_origin(manifest), _tally(manifest, run), _captions(figures), _graphs(figures), _words(figures)]
    if figures.groups:
        sections.append(Section("Groups", (), (_ranking("captions by group", figures.groups, figures.captions),)))
    for name, found in (("Negatives", figures.negatives), ("Positives", figures.positives)):
        if found.kinds:
            sections.append(_variants(name, found))
    if figures.units:
        total = sum(figures.units.values())
        bars = (_ranking("kind", figures.units, total), _ranking("foils by kind", figures.foils, total))
        sections.append(Section("Units", (("units", f"{total:,}"),), bars))
    name = location.rstrip("/").rsplit("/", 1)[-1]
    kept = tuple(section for section in sections if section.facts or section.distributions)
    return Report(f"{name}: {manifest.table}", _headline(manifest, figures), kept, tuple(drawn))


def _headline(manifest: Manifest, figures: Figures) -> tuple[tuple[str, str], ...]:
    found = [("captions", f"{figures.captions:,}"), ("images", f"{len(figures.images):,}")]
    triples = _total(figures.relations_a_caption) + _total(figures.attributes_a_caption)
    found.append(("triples a caption", f"{triples / max(figures.captions, 1):.2f}"))
    if manifest.table != "graphs":
        with_one = figures.captions - figures.negatives.per_caption[0]
        found.append(("negatives", f"{sum(figures.negatives.kinds.values()):,}"))
        found.append(("captions with a negative", _percent(with_one, figures.captions)))
    if figures.positives.kinds:
        found.append(("positives", f"{sum(figures.positives.kinds.values()):,}"))
    return tuple(found)


def _origin(manifest: Manifest) -> Section:
    size = sum(shard.bytes for shard in manifest.shards)
    facts = [
        ("table", f"{manifest.table}, contract version {manifest.version}"),
        ("rows", f"{manifest.rows:,} in {len(manifest.shards)} shard(s), {size / 1e6:,.1f} MB"),
        ("graphs by", manifest.graph_source),
        ("plan", manifest.plan_hash),
        ("made from", manifest.parent or "no dataset"),
        *(("input", _input(entry)) for entry in manifest.inputs[:_TOP]),
        *([("input", f"and {len(manifest.inputs) - _TOP} more")] if len(manifest.inputs) > _TOP else []),
        ("parameters", json.dumps(manifest.parameters, ensure_ascii=False, sort_keys=True)),
        ("software", ", ".join(f"{name} {version}" for name, version in sorted(manifest.software.items()))),
    ]
    return Section("Where it comes from", tuple((name, value) for name, value in facts if value))


def _input(entry: dict[str, Any]) -> str:
    rows = f", {entry['rows']:,} rows" if isinstance(entry.get("rows"), int) else ""
    return f"{entry.get('uri', '')}{rows}"


def _tally(manifest: Manifest, run: dict[str, Any]) -> Section:
    read = Counter(manifest.tally)
    without = Counter(manifest.without_negative)
    bars = [_ranking("rows read", read, read.total(), top=len(read))]
    if without:
        title = "captions without a negative, by reason"
        bars.append(_ranking(title, without, max(manifest.rows, 1), note="share of all rows"))
    counts = run.get("counts") if isinstance(run.get("counts"), dict) else {}
    facts = [(name.replace("_", " "), f"{count:,}") for name, count in sorted((counts or {}).items())]
    return Section("Kept and left out", tuple(facts), tuple(bars))


def _captions(figures: Figures) -> Section:
    images = len(figures.images)
    facts = [("words a caption", _mean(figures.words_a_caption))]
    if images:
        facts.append(("captions an image", f"{figures.captions / images:.2f}"))
    bars = [_numbers("words a caption", figures.words_a_caption, _LAST_WORDS)]
    if set(figures.splits) != {"none"}:
        bars.insert(0, _ranking("split", figures.splits, figures.captions))
    return Section("Captions", tuple(facts), tuple(bars))


def _graphs(figures: Figures) -> Section:
    names = ("objects", "attributes", "relations")
    counters = {name: getattr(figures, f"{name}_a_caption") for name in names}
    return Section(
        "Scene graphs",
        tuple((f"{name} a caption", _mean(counter)) for name, counter in counters.items()),
        tuple(_numbers(f"{name} a caption", counter, _LAST_ELEMENTS) for name, counter in counters.items()),
    )


def _words(figures: Figures) -> Section:
    names = ("objects", "attributes", "relations")
    counters: dict[str, Counter[str]] = {name: getattr(figures, name) for name in names}
    facts = tuple((f"different {name}", f"{len(counter):,}") for name, counter in counters.items())
    bars = tuple(_ranking(name, counter, counter.total()) for name, counter in counters.items() if counter)
    return Section("Most frequent words", facts, bars)


def _variants(title: str, found: VariantFigures) -> Section:
    total = found.kinds.total()
    bars = [
        _numbers(f"{title.lower()} a caption", found.per_caption, _LAST_VARIANTS),
        _ranking("kind", found.kinds, total, top=len(found.kinds)),
        _ranking("rule", found.rules, total, top=len(found.rules)),
        _numbers("edits", found.edits, _LAST_VARIANTS),
    ]
    facts = [("variants", f"{total:,}")]
    run = {kind: (found.round_trip[kind, True], found.round_trip[kind, False]) for kind, _ in ranked(found.kinds)}
    if any(map(sum, run.values())):
        note = "share of the variants that the parser reads as intended"
        parts = tuple(_part(kind, *both) for kind, both in run.items())
        bars.append(Distribution("round trip passed", parts, note, apart=True))
        facts.append(("round trip not run", f"{total - sum(map(sum, run.values())):,}"))
    blind = {k: (found.caption_preferred[k, True], found.caption_preferred[k, False]) for k, _ in ranked(found.kinds)}
    if any(map(sum, blind.values())):
        note = "share of variants less plausible than their caption; at 50 % the text gives nothing away"
        parts = tuple(_part(kind, *both) for kind, both in blind.items())
        bars.append(Distribution("text-only model prefers the caption", parts, note, apart=True))
        bars.append(_plausibility(found.plausibility))
    return Section(title, tuple(facts), tuple(bars))


def _part(label: str, yes: int, no: int) -> Bar:
    low, high = Share(yes, yes + no).interval
    note = f"of {yes + no:,}, {low:.0%} to {high:.0%}" if yes + no else "not run"
    return Bar(label, yes, yes / max(yes + no, 1), note)


def _plausibility(counter: Counter[int]) -> Distribution:
    total, low, high = counter.total(), -12, 4
    bins: Counter[int] = Counter()
    for place, count in counter.items():
        bins[min(max(place, low), high)] += count
    places = range(min(bins), max(bins) + 1)
    bars = tuple(Bar(_bin(place, low, high), bins[place], bins[place] / total) for place in places)
    return Distribution("plausibility", bars, "nats a token above the caption's; negative: the caption reads better")


def _bin(place: int, low: int, high: int) -> str:
    if place == low:
        return f"below {(place + 1) * BIN_NATS:.2f}"
    return f"{place * BIN_NATS:.2f} and more" if place == high else f"{place * BIN_NATS:.2f}"


def _ranking(title: str, counter: Counter[str], total: int, top: int = _TOP, note: str = "") -> Distribution:
    shown = ranked(counter)[:top]
    rest = len(counter) - len(shown)
    more = f"{rest:,} more" if rest else ""
    bars = tuple(Bar(name or "(no word)", count, count / max(total, 1)) for name, count in shown)
    return Distribution(title, bars, "; ".join(filter(None, (note, more))))


def _numbers(title: str, counter: Counter[int], last: int) -> Distribution:
    """Counts of a whole number from its least to its largest value; all from ``last`` on in one bar."""
    total = max(counter.total(), 1)
    capped: Counter[int] = Counter()
    for number, count in counter.items():
        capped[min(number, last)] += count
    places: Iterable[int] = range(min(capped), max(capped) + 1) if capped else ()
    largest = max(counter, default=0)
    labels = {place: f"{place}+" if place == last < largest else str(place) for place in places}
    return Distribution(title, tuple(Bar(labels[p], capped[p], capped[p] / total) for p in places))


def _total(counter: Counter[int]) -> int:
    return sum(number * count for number, count in counter.items())


def _mean(counter: Counter[int]) -> str:
    return f"{_total(counter) / max(counter.total(), 1):.2f} on average"


def _percent(part: int, whole: int) -> str:
    return f"{part / max(whole, 1):.1%}"
