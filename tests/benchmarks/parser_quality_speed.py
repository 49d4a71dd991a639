"""
Quality and speed of the default parser beside rules over a spaCy model, measured in one process so that ratios hold.

    python tests/benchmarks/parser_quality_speed.py FACTUAL.csv CAPTIONS.json spacy:en_core_web_sm [ROWS [ROUNDS]]

Quality: SPICE F1, set match and micro F1 against FACTUAL's graphs. Speed: captions a second of processor time on one
core, parsers loaded and warm, the rounds of both alternating; the table shows medians, and the median of the rounds'
ratios. CAPTIONS.json is a COCO captions file; its first ROWS (4000) distinct captions are parsed ROUNDS (5) times.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

DEFAULT = "default"
MEMORY = "--peak-memory"


def read_captions(path: str, rows: int) -> list[str]:
    """The first distinct captions of a COCO file."""
    texts = (entry["caption"] for entry in json.loads(Path(path).read_text(encoding="utf-8"))["annotations"])
    return list(dict.fromkeys(texts))[:rows]


def keep_one_core() -> None:
    """Stay on one core where the system lets a process choose."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def print_peak_memory(captions: list[str]) -> None:
    """Load the default parser, parse, and print the largest resident size of this process in MB."""
    from structclip_pipeline.parser import load_parser

    load_parser(DEFAULT).parse(captions)
    unit = 1 if sys.platform == "darwin" else 1024
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6)


def measure_memory(source: str, rows: int) -> float:
    """Peak MB of a process that holds the default parser alone; a child starts with its parent's peak, so ask first."""
    command = [sys.executable, __file__, MEMORY, source, str(rows)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure_quality(parser: object, path: str) -> list[str]:
    """SPICE F1, set match, and micro F1 of objects, attributes and relations."""
    from structclip_pipeline.parser.scoring import count_tuples, list_triples, score_graphs
    from structclip_pipeline.parser.training.factual import read_rows

    rows = read_rows(Path(path))
    predicted = [list_triples(graph) for graph in parser.parse([row.caption for row in rows])]
    gold = [row.triples for row in rows]
    score, counts = score_graphs(predicted, gold), count_tuples(predicted, gold)
    return [f"{value:.1f}" for value in (score.spice, score.set_match, *(c.f1 for c in counts.values()))]


def measure_speed(parsers: dict[str, object], captions: list[str], rounds: int) -> dict[str, list[float]]:
    """Captions a second of processor time, of each parser in each round; every other round starts with the other."""
    for parser in parsers.values():
        parser.parse(captions[:256])
    speeds: dict[str, list[float]] = {name: [] for name in parsers}
    for number in range(rounds):
        for name in list(parsers)[:: -1 if number % 2 else 1]:
            started = time.process_time()
            parsers[name].parse(captions)
            speeds[name].append(len(captions) / (time.process_time() - started))
    return speeds


def print_table(lines: list[list[str]]) -> None:
    """Columns as wide as their widest cell."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def main(factual: str, source: str, rules: str, rows: int = 4000, rounds: int = 5) -> None:
    """Measure both parsers and print the table."""
    memory = measure_memory(source, rows)
    from structclip_pipeline.parser import load_parser

    captions = read_captions(source, rows)
    parsers = {spec: load_parser(spec) for spec in (DEFAULT, rules)}
    speeds = measure_speed(parsers, captions, rounds)
    lines = [["parser", "SPICE", "set match", "objects", "attributes", "relations", "captions/s", "times the rules"]]
    for spec, parser in parsers.items():
        ratio = statistics.median(a / b for a, b in zip(speeds[spec], speeds[rules], strict=True))
        speed = [f"{statistics.median(speeds[spec]):.0f}", f"{ratio:.2f}"]
        lines.append([spec, *measure_quality(parser, factual), *speed])
    print_table(lines)
    words = sum(len(caption.split()) for caption in captions) / len(captions)
    print(
        f"{len(captions)} captions of {words:.1f} words, {rounds} rounds; {DEFAULT} alone: {memory:.0f} MB at its peak"
    )


if __name__ == "__main__":
    keep_one_core()
    if sys.argv[1] == MEMORY:
        print_peak_memory(read_captions(sys.argv[2], int(sys.argv[3])))
    else:
        main(*sys.argv[1:4], *map(int, sys.argv[4:6]))
