"""
Speed of a training step with image, caption, negative and KEE over a plain CLIP step, and over the ratio of their work.

    OMP_NUM_THREADS=1 python tests/benchmarks/step_speed.py [--model B/32|L/14] [--batch N] [--rounds N]
    python tests/benchmarks/step_speed.py --device cuda --batch 1024 --precision bf16 [--model L/14] [--set K=V]

The steps are the trainer's own, of the presets ``default`` and ``infonce``, on batches that its collator made, without
loading: random weights and pixels, captions of COCO's lengths, a negative and K triples each. Within a round the steps
alternate (on a GPU five of a kind in a row); the figures are medians over the rounds of ratios within a round. On the
CPU it is process time that is compared, so that the machine's other work counts as little as it can. Arithmetic is
counted on the very steps by torch's FlopCounterMode (2 floating-point operations a multiplication; optimiser, norms and
softmax not counted). With ``--profile`` the costliest operators of the fused step are listed. MFU is arithmetic over
time and over the dense bf16 peak of the GPU.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from transformers import CLIPConfig, CLIPModel

from structclip_trainer.batches import Batch, Collator
from structclip_trainer.config import build_settings
from structclip_trainer.corpus import Negative, Row
from structclip_trainer.distributed import ALONE
from structclip_trainer.execution import prepare_execution
from structclip_trainer.finiteness import FiniteWatch
from structclip_trainer.images import Preprocessing
from structclip_trainer.loop import Training, take_step
from structclip_trainer.model import StructCLIPModel
from structclip_trainer.optimizer import make_optimizer
from structclip_trainer.order import Place
from structclip_trainer.samples import Sample
from structclip_trainer.settings import Settings, resolve_settings

SIZE, PADDED = 224, 77
START, END, WORDS = 49406, 49407, 4000
IN_A_ROW = 5  # steps of a kind on a GPU, so that the host may prepare one while the device does another
STEP = 10_000  # of the schedule: after every warm-up
TEXT = {"B/32": {}, "L/14": {"hidden_size": 768, "intermediate_size": 3072, "num_attention_heads": 12}}
VISION: dict[str, dict[str, int]] = {
    "B/32": {"patch_size": 32},
    "L/14": {
        "patch_size": 14,
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_attention_heads": 16,
        "num_hidden_layers": 24,
    },
}
PROJECTION = {"B/32": 512, "L/14": 768}
# percentiles of words and marks a caption, 20,005 captions of COCO
SHARES, LENGTHS = (0, 1, 5, 25, 50, 75, 95, 99, 99.9, 100), (6, 8, 8, 10, 11, 12, 16, 20, 31, 50)
PEAKS = {"A100": 312e12, "H100": 989e12, "H200": 989e12}  # dense bf16, operations a second


@dataclass(frozen=True)
class Step:
    """A step of the trainer on one batch, over and over."""

    name: str
    training: Training
    batch: Batch

    @property
    def tokens(self) -> int:
        """How many tokens the text tower reads, padding among them."""
        lines = self.batch.lines
        return (self.batch.input_ids if lines is None else lines.input_ids).numel()

    def run(self) -> None:
        """Move the batch to the device, forward, backward, clip, optimise."""
        take_step(self.training, [self.batch.to(self.training.device)], STEP, False)

    def seconds(self) -> float:
        """Time of one step: on a GPU the mean of some in a row, as training has them, on the CPU the process'."""
        if self.training.device.type == "cpu":
            started = time.process_time()
            self.run()
            return time.process_time() - started
        torch.cuda.synchronize()
        started = time.perf_counter()
        for _ in range(IN_A_ROW):
            self.run()
        torch.cuda.synchronize()
        return (time.perf_counter() - started) / IN_A_ROW

    def operations(self) -> float:
        """Floating-point operations of one step; attention as matrix products, which is how they are counted."""
        eager, whole = torch.compiler.set_stance("force_eager"), sdpa_kernel(SDPBackend.MATH)
        with eager, whole, FlopCounterMode(display=False) as counter:
            self.run()
        return float(counter.get_total_flops())


def make_samples(count: int, triples: int) -> list[Sample]:
    """Samples with captions of COCO's lengths, a negative and so many triples each."""
    random = np.random.default_rng(0)
    return [_sample(number, triples, random) for number in range(count)]


def _sample(number: int, triples: int, random: np.random.Generator) -> Sample:
    length = round(np.interp(random.uniform(0, 100), SHARES, LENGTHS))
    # words as frequent as words are, so that phrases repeat over a batch
    words = [f"w{int(rank) % WORDS}" for rank in random.zipf(1.3, length)]
    said = [_triple(words, random) for _ in range(triples)]
    swapped = [{"head": t["tail"], "relation": t["relation"], "tail": t["head"]} for t in said]
    negative = Negative("swap_object", "swap-object-phrase", " ".join([*words[1:], words[0]]), swapped)
    row = Row(f"c{number}", f"i{number}", None, " ".join(words), said, (negative,), {})
    pixels = random.integers(0, 256, (3, SIZE, SIZE), dtype=np.uint8)
    return Sample(Place(0, number, number), row, pixels, negative, True)


def _triple(words: list[str], random: np.random.Generator) -> dict[str, str]:
    head, relation, tail = random.choice(words, 3)
    return {"head": str(head), "relation": str(relation), "tail": str(tail)}


def _ids(text: str) -> list[int]:
    return [START, *(1000 + int(word[1:]) for word in text.split()), END]


def make_batch(samples: list[Sample], settings: Settings, padded: int | None) -> Batch:
    """The batch that the trainer's collator makes, with token ids as from packed shards."""
    collator = Collator(
        cast(Any, SimpleNamespace(pad_token_id=END)),
        PADDED,
        settings.kee_triples if settings.kee else 0,
        settings.uses_negatives,
        memory={f"w{number}": [1000 + number] for number in range(WORDS)},
        padded=padded,
        known=_ids,
        in_lines=padded is None,
    )
    return collator.collate(samples)


def make_training(size: str, settings: Settings, device: torch.device) -> Training:
    """What a step of the trainer needs; the rest is not there."""
    torch.manual_seed(0)
    config = CLIPConfig(
        text_config={**TEXT[size], "projection_dim": PROJECTION[size]},
        vision_config={**VISION[size], "projection_dim": PROJECTION[size]},
        projection_dim=PROJECTION[size],
    )
    with device:
        clip = CLIPModel(config)
    text = clip.config.text_config
    settings = resolve_settings(settings, False, text.hidden_size, text.num_attention_heads)
    kee = ("kee_layers", "kee_width", "kee_heads", "kee_triples")
    shape = {name: getattr(settings, name) for name in kee} if settings.kee else {"has_kee": False}
    with device:
        model = StructCLIPModel.from_clip(clip, **shape).train()
    prepare_execution(model, settings)
    absent = cast(Any, None)
    return Training(
        run="",
        settings=settings,
        model=model,
        processor=None,
        optimizer=make_optimizer(model, settings),
        reader=absent,
        collator=absent,
        preprocessing=Preprocessing(SIZE, (SIZE, SIZE), 3, (0.48, 0.46, 0.41), (0.27, 0.26, 0.28)),
        device=device,
        log=absent,
        left_out=absent,
        held_out=None,
        ranks=ALONE,
        watch=FiniteWatch(1 if device.type == "cuda" else 0),  # as a run has it
    )


def make_steps(given: argparse.Namespace) -> list[Step]:
    """The fused step, the plain one on texts of the same length, and the plain one on texts padded to 77."""
    device, samples = torch.device(given.device), make_samples(given.batch, given.triples)
    common = [f"precision={given.precision}", f"batch_size={given.batch}", f"max_steps={2 * STEP}", *given.set]
    fused = build_settings("default", {}, [*common, f"kee_triples={given.triples}"])
    plain = build_settings("infonce", {}, common)
    trainings = make_training(given.model, fused, device), make_training(given.model, plain, device)
    return [
        Step("fused", trainings[0], make_batch(samples, fused, None).pinned_for(device)),
        Step("plain", trainings[1], make_batch(samples, plain, None).pinned_for(device)),
        Step("plain, padded", trainings[1], make_batch(samples, plain, PADDED).pinned_for(device)),
    ]


def measure_round(steps: list[Step]) -> list[float]:
    """Seconds of each step, the ratios of fused to plain and to padded printed as they come."""
    fused, plain, padded = times = [step.seconds() for step in steps]
    print(f"round: {fused / plain:.3f} of plain, {fused / padded:.3f} of padded", flush=True)
    return times


def median_ratio(over: list[float], under: list[float]) -> float:
    """The median of the ratios within a round."""
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def report_operators(run: Callable[[], None], device: str) -> None:
    """Print where the time of a step goes, by operator."""
    kinds = [torch.profiler.ProfilerActivity.CPU]
    kinds += [torch.profiler.ProfilerActivity.CUDA] if device == "cuda" else []
    with torch.profiler.profile(activities=kinds) as profile:
        run()
    key = "self_cuda_time_total" if device == "cuda" else "self_cpu_time_total"
    print(profile.key_averages().table(sort_by=key, row_limit=25, max_name_column_width=50))


def main(given: argparse.Namespace) -> None:
    """Measure and print."""
    steps = make_steps(given)
    work = [step.operations() for step in steps]
    for step in steps if given.device == "cuda" or "compile=true" in given.set else ():
        print(f"{step.name}: at first {step.seconds():.2f} s a step, then {step.seconds():.3f} s", flush=True)
    rounds = [measure_round(steps) for _ in range(given.rounds)]
    times = [list(of_step) for of_step in zip(*rounds, strict=True)]
    name = torch.cuda.get_device_name() if given.device == "cuda" else f"CPU, {torch.get_num_threads()} thread(s)"
    print(
        f"ViT-{given.model}, batch {given.batch}, K = {given.triples}, {given.precision}, {name}, {torch.__version__}"
    )
    peak = next((rate for gpu, rate in PEAKS.items() if gpu in name), None)
    for step, operations, seconds in zip(steps, work, times, strict=True):
        texts = len(step.batch.input_ids)
        spent = statistics.median(seconds)
        line = f"{step.name:<14} {texts:>5} texts, {step.tokens:>6} tokens read"
        line += f"  {operations / 1e9:>9.1f} GFLOP  {spent * 1e3:>9.1f} ms"
        line += f"  {given.batch / spent:>8.1f} samples/s"
        print(line if peak is None else f"{line}  MFU {operations / spent / peak:.1%}")
    over_plain, over_padded = median_ratio(times[0], times[1]), median_ratio(times[0], times[2])
    print(f"fused over plain: time {over_plain:.3f}, arithmetic {work[0] / work[1]:.3f}, ", end="")
    print(f"time over arithmetic {over_plain * work[1] / work[0]:.3f} (floor 1.15, aim 1.05)")
    print(f"fused over padded plain: time {over_padded:.3f} (floor 1.10, aim 0.90)")
    if given.profile:
        report_operators(steps[0].run, given.device)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=sorted(TEXT), default="B/32")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--triples", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--set", action="append", default=[], metavar="SETTING=VALUE", help="of the trainer, for all")
    parser.add_argument("--profile", action="store_true")
    main(parser.parse_args())
