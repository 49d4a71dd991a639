"""
Speed of the pipeline, as ratios within one run: parsing alone, the whole build-graphs path, make-negatives.

    OMP_NUM_THREADS=1 python tests/benchmarks/pipeline_speed.py CAPTIONS.json [ROWS]

Prints captions a second of process time on one core. CAPTIONS.json is a COCO captions file.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def seconds_of(*command: str) -> float:
    """Seconds a command says it worked, from its run.json."""
    output = command[command.index("--output") + 1]
    subprocess.run([str(Path(sys.executable).parent / command[0]), *command[1:], "--workers", "0"], check=True)
    return float(json.loads((Path(output) / "run.json").read_text())["seconds"])


def parse_alone(captions: list[str]) -> float:
    """Seconds of the default parser on the captions, loaded and warm."""
    from structclip_pipeline.parser import load_parser

    parser = load_parser("default")
    parser.parse(captions[:64])
    started = time.perf_counter()
    parser.parse(captions)
    return time.perf_counter() - started


def main(source: str, rows: int) -> None:
    """Measure and print."""
    texts = [entry["caption"] for entry in json.loads(Path(source).read_text())["annotations"]][:rows]
    alone = parse_alone(list(dict.fromkeys(texts)))
    with tempfile.TemporaryDirectory() as folder:
        graphs = f"{folder}/graphs"
        command = ("structclip-pipeline", "build-graphs", source, "--limit", str(rows), "--output", graphs)
        whole = seconds_of(*command)
        off = seconds_of(
            "structclip-pipeline", "make-negatives", graphs, "--output", f"{folder}/off", "--verify", "off"
        )
        flag = seconds_of("structclip-pipeline", "make-negatives", graphs, "--output", f"{folder}/flag")
    count = len(texts)
    print(f"parser alone          {count / alone:8.0f} captions/s")
    print(f"build-graphs          {count / whole:8.0f} captions/s, {alone / whole:.2f} of the parser's speed")
    print(f"make-negatives, off   {count / off:8.0f} captions/s")
    print(f"make-negatives, flag  {count / flag:8.0f} captions/s")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 8000)
