"""
Peak memory of the contrastive loss, forward and backward, all logits at once and a few rows at a time.

    OMP_NUM_THREADS=1 python tests/benchmarks/loss_memory.py [BATCH...] [--size D] [--device cpu|cuda]

Each figure comes from a process of its own: what the loss adds to the peak of embeddings and gradients. On CUDA it is
the allocator's peak, on the CPU the resident set's. The batch doubles; a loss linear in it doubles too.
"""

import argparse
import resource
import subprocess
import sys
import time

FORMS = ("whole", "chunked")


def measure(form: str, batch: int, size: int, device: str) -> tuple[float, float]:
    """Peak MB beyond the embeddings and their gradients, and seconds."""
    import torch
    import torch.nn.functional as F

    from structclip_trainer.chunking import chunked_contrastive_loss
    from structclip_trainer.losses import contrastive_loss
    from structclip_trainer.pairing import Pairing

    torch.manual_seed(0)
    made = (F.normalize(torch.randn(batch, size, device=device), dim=-1) for _ in range(2))
    images, texts = (tensor.requires_grad_() for tensor in made)
    images.grad, texts.grad = torch.zeros_like(images), torch.zeros_like(texts)
    scale = torch.tensor(20.0, device=device)
    pairing = Pairing(torch.arange(2 * batch, device=device).view(batch, 2), torch.empty(0))
    before, started = _peak(device), time.perf_counter()
    if form == "whole":
        loss = contrastive_loss(images, texts, scale, pairing.same)
    else:
        loss = chunked_contrastive_loss(images, texts, scale, pairing.identities, None, 1024)
    torch.autograd.backward(loss)
    return _peak(device) - before, time.perf_counter() - started


def _peak(device: str) -> float:
    import torch

    if device == "cuda":
        torch.cuda.synchronize()
        return torch.cuda.max_memory_allocated() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def main(batches: list[int], size: int, device: str) -> None:
    """Measure and print."""
    print(f"{'batch':>7}  {'form':<8} {'peak MB':>9} {'seconds':>8}")
    for batch in batches:
        for form in FORMS:
            command = [sys.executable, __file__, str(batch), "--size", str(size), "--device", device, "--form", form]
            done = subprocess.run(command, capture_output=True, text=True)
            print(done.stdout.strip() if done.returncode == 0 else f"{batch:>7}  {form:<8} does not fit", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("batches", type=int, nargs="*", default=[4096, 8192, 16384, 32768])
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--form", choices=FORMS)
    given = parser.parse_args()
    if given.form:
        peak, seconds = measure(given.form, given.batches[0], given.size, given.device)
        print(f"{given.batches[0]:>7}  {given.form:<8} {peak:>9.0f} {seconds:>8.1f}")
    else:
        main(given.batches, given.size, given.device)
