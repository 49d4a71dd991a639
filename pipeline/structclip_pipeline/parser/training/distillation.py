"""Teachers' answers as targets, for captions with gold graphs and for captions without."""

import random
from collections.abc import Sequence
from dataclasses import replace

import torch

from structclip_pipeline.parser.forward import Floats
from structclip_pipeline.parser.lexicon import Lexicon
from structclip_pipeline.parser.pairing import Span
from structclip_pipeline.parser.parsing import TokenParser
from structclip_pipeline.parser.token_graph import VERB, Token
from structclip_pipeline.parser.training.augmentation import Example
from structclip_pipeline.parser.training.batching import make_batch
from structclip_pipeline.parser.training.learning import number_words
from structclip_pipeline.parser.training.panel import Panel, build_panel_decoder
from structclip_pipeline.parser.training.scorer import Batch, Scores
from structclip_pipeline.parser.training.targets import Targets, blend_targets, list_attribute_spans, read_targets

BATCH = 64

TEACHER_SHARE = 0.5
"""Weight of the teacher's answers where a gold graph gives others."""


class Labeller:
    """A panel of teachers and the numbers of its templates."""

    def __init__(self, panel: Panel, lexicon: Lexicon) -> None:
        self._panel = panel
        self._encoding, _ = number_words([], lexicon.templates)
        learned = replace(lexicon, compounds=(), usage={})
        self._parser = TokenParser(build_panel_decoder(panel, lexicon), learned, ())
        self._verbal = [t.split(" ", 1)[0] == VERB for t in lexicon.templates]

    def label_gold(self, examples: Sequence[Example], share: float) -> list[Example]:
        """Gold examples whose targets are the teacher's to a ``share``, over the gold spans."""
        numbers = self._encoding.templates
        return [
            Example(e.words, e.graph, blend_targets(read_targets(e.graph, len(e.words), numbers), taught, share))
            for e, taught in zip(examples, self._score(examples), strict=True)
        ]

    def label_plain(self, sentences: Sequence[Sequence[Token]]) -> list[Example]:
        """Captions with the graphs that the teacher finds and its targets over them."""
        graphs = self._parser.parse_tokens(sentences)
        found = [
            Example(tuple(t.text for t in own), graph, gold=False) for own, graph in zip(sentences, graphs, strict=True)
        ]
        return [
            Example(e.words, e.graph, taught, gold=False) for e, taught in zip(found, self._score(found), strict=True)
        ]

    def _score(self, examples: Sequence[Example]) -> list[Targets]:
        order = sorted(range(len(examples)), key=lambda i: len(examples[i].words))
        found: dict[int, Targets] = {}
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            found.update(zip(chosen, self._score_batch([examples[i] for i in chosen]), strict=True))
        return [found[i] for i in range(len(examples))]

    @torch.inference_mode()
    def _score_batch(self, examples: Sequence[Example]) -> list[Targets]:
        batch, _ = make_batch(examples, self._encoding, random.Random(0), forget=0.0)
        return _split_scores(examples, batch, self._panel(batch), self._verbal)


def _split_scores(examples: Sequence[Example], batch: Batch, scores: Scores, verbal: Sequence[bool]) -> list[Targets]:
    """Each caption's probabilities from the flat scores of a batch."""
    tags = scores.tags.softmax(-1).half().numpy()
    templates = scores.templates.softmax(-1)
    has_verb = templates[:, :-1][:, torch.tensor(verbal)].sum(-1, keepdim=True)
    captions = batch.objects[batch.pairs[:, 0], 0]
    beyond = torch.arange(scores.pointers.shape[1])[None, :] >= batch.lengths[captions][:, None]
    pointers = (scores.pointers.masked_fill(beyond, -torch.inf).softmax(-1) * has_verb).half().numpy()
    likely = templates.half().numpy()
    owners = scores.owners.sigmoid().tolist()
    pairs: list[dict[tuple[int, int], tuple[Floats, Floats]]] = [{} for _ in examples]
    owned: list[dict[tuple[Span, int], float]] = [{} for _ in examples]
    firsts = _count_before(examples)
    for number, (head, tail) in enumerate(batch.pairs[:, :2].tolist()):
        row = int(captions[number])
        pair = (head - firsts[row][0], tail - firsts[row][0])
        pairs[row][pair] = likely[number], pointers[number, : len(examples[row].words)]
    for number, (attribute, owner) in enumerate(batch.owners[:, :2].tolist()):
        row = int(batch.objects[owner, 0])
        span = list_attribute_spans(examples[row].graph)[attribute - firsts[row][1]]
        owned[row][span, owner - firsts[row][0]] = owners[number]
    return [
        Targets(
            tags[row, : len(e.words)],
            {pair: answer for pair, (answer, _) in pairs[row].items()},
            {pair: answer for pair, (_, answer) in pairs[row].items()},
            owned[row],
        )
        for row, e in enumerate(examples)
    ]


def _count_before(examples: Sequence[Example]) -> list[tuple[int, int]]:
    """How many objects and attribute spans stand before each caption's own in a batch."""
    counts = [(0, 0)]
    for example in examples:
        objects, attributes = counts[-1]
        counts.append((objects + len(example.graph.objects), attributes + len(list_attribute_spans(example.graph))))
    return counts
