"""
How long a training waits for data, on packed shards.

    python tests/benchmarks/data_wait.py [--steps N]
    python tests/benchmarks/data_wait.py --device cuda --model L/14 --batch 128 --workers 16 [--packed DIR] [--set K=V]

The trainer's own run of the preset ``default`` on images packed at 256 pixels with token ids, no image kept from one
visit to the next; the figures are ``data_wait`` of its log.jsonl, the start left out. ``--packed`` reads a dataset
that ``--write`` made before, on a machine without the pipeline's packages too. While the host waits, a GPU may still
be working, so that it idles no longer than that.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from structclip_trainer.checkpoint import Progress
from structclip_trainer.config import build_settings
from structclip_trainer.log import read_lines
from structclip_trainer.loop import train
from structclip_trainer.start import Options, prepare

INTERVAL = 10  # steps
TOWERS = {  # patch size, width, heads, layers of the image tower; the text tower has its width and 12 layers
    "small": (32, 512, 8, 12),
    "B/32": (32, 768, 12, 12),
    "L/14": (14, 1024, 16, 24),
}


def wait_for_data(packed: str, run: Path, given: argparse.Namespace) -> None:
    """Train and print the share of time that the training waited for data, its first interval (start-up) left out."""
    patch, width, heads, layers = TOWERS[given.model]
    sizes = [f"tiny.patch_size={patch}", f"tiny.width={width}", f"tiny.heads={heads}", "tiny.image_size=224"]
    sizes += [f"tiny.vision_layers={layers}", "tiny.text_layers=12", "kee_triples=8", "image_cache_mb=0"]
    common = [f"max_steps={given.steps}", f"batch_size={given.batch}", f"log_every={INTERVAL}"]
    common += [f"num_workers={given.workers}", f"save_every={given.steps + 1}"]
    settings = build_settings("default", {}, [*common, *sizes, *given.set])
    options = Options(packed, None, "new:tiny", str(run), None, False, given.device)
    training, progress = prepare(options, settings, print)
    assert training.reader.corpus.source.with_tokens, "the packed token ids are another tokenizer's"
    train(training, Progress(0, progress.cursor))
    lines = [line for line in read_lines(str(run / "log.jsonl")) if "data_wait" in line][1:]
    waits, rates = ([line[name] for line in lines] for name in ("data_wait", "samples_per_second"))
    print(f"{given.model}, batch {given.batch}, {given.workers} decoding threads, {given.device}: ", end="")
    print(
        f"{statistics.median(rates):.1f} samples/s, waits for data {statistics.median(waits):.2%} of the time", end=""
    )
    print(f" (floor 5 %, aim 2 %); by interval {waits}")


def main(given: argparse.Namespace) -> None:
    """Make the data where none are given, train, print."""
    with tempfile.TemporaryDirectory() as name:
        packed = given.packed
        if packed is None:
            from loader_speed import pack_images

            packed = pack_images(given.write or Path(name), given.images)
        if given.write is None:
            wait_for_data(packed, Path(name) / "run", given)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=256)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--packed", metavar="DIR")
    source.add_argument("--write", type=Path, metavar="DIR", help="write the dataset, DIR/packed, and stop")
    parser.add_argument("--model", choices=sorted(TOWERS), default="small")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--steps", type=int, default=3 * INTERVAL)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--set", action="append", default=[], metavar="SETTING=VALUE", help="of the trainer")
    given = parser.parse_args()
    if given.steps < 2 * INTERVAL:
        parser.error(f"--steps {given.steps}: wanted {2 * INTERVAL} or more, the first {INTERVAL} are left out")
    main(given)
