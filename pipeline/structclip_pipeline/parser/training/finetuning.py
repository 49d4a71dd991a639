"""Fine-tune a pretrained transformer as a teacher."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from structclip_pipeline.parser.lexicon import Lexicon
from structclip_pipeline.parser.parsing import TokenParser
from structclip_pipeline.parser.training.augmentation import Example
from structclip_pipeline.parser.training.corpus import Corpus
from structclip_pipeline.parser.training.fitting import describe_scores, score_parser
from structclip_pipeline.parser.training.learning import Course, Variation, learn, number_words
from structclip_pipeline.parser.training.teacher import Teacher, build_decoder


@dataclass(frozen=True)
class TeacherRecipe:
    """Every choice of a teacher's training; the rate rises over ``warmup`` of the steps and falls to zero."""

    epochs: int = 4
    seed: int = 0
    device: str = "cpu"
    workers: int = 0
    batch_size: int = 64
    encoder_rate: float = 6e-5
    scorer_rate: float = 1e-3
    weight_decay: float = 0.01
    dropout: float = 0.2
    warmup: float = 0.06
    variation: Variation = field(default_factory=Variation)


def finetune(
    encoder: Path,
    examples: Sequence[Example],
    lexicon: Lexicon,
    development: Mapping[str, Corpus],
    recipe: TeacherRecipe,
    report: Callable[[str], None],
) -> Teacher:
    """Train a teacher; ``report`` gets a line with the development scores after each epoch."""
    torch.manual_seed(recipe.seed)
    encoding, words = number_words(examples, lexicon.templates)
    teacher = Teacher.start(encoder, len(lexicon.templates), recipe.dropout).to(recipe.device)
    course = Course(
        examples,
        encoding,
        recipe.epochs,
        recipe.batch_size,
        recipe.seed,
        forget=0.0,
        variation=recipe.variation,
        workers=recipe.workers,
    )
    optimizer = _build_optimizer(teacher, recipe)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, course.steps, recipe.warmup))

    def after_epoch(done: int, loss: float) -> None:
        parser = TokenParser(build_decoder(teacher, lexicon), lexicon, words[1:])
        scores = {name: score_parser(parser, corpus) for name, corpus in development.items()}
        report(f"epoch {done}: loss {loss:.3f} {describe_scores(scores)}")

    learn(teacher, course, optimizer, schedule, clip=1.0, after_epoch=after_epoch)
    return teacher.eval()


def _build_optimizer(teacher: Teacher, recipe: TeacherRecipe) -> torch.optim.Optimizer:
    trained = [(name, p) for name, p in teacher.named_parameters() if p.requires_grad]
    groups = [
        {"params": [p for name, p in trained if name.startswith("encoder.")], "lr": recipe.encoder_rate},
        {"params": [p for name, p in trained if not name.startswith("encoder.")], "lr": recipe.scorer_rate},
    ]
    return torch.optim.AdamW(groups, weight_decay=recipe.weight_decay, betas=(0.9, 0.98), fused=True)


def _rate(step: int, steps: int, warmup: float) -> float:
    return min(1.0, (step + 1) / (warmup * steps + 1)) * max(0.0, 1 - step / (steps + 1))
