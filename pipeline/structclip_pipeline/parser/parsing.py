"""Parse tokenized captions with a model: windows, batches of similar length, graphs joined again."""

from collections.abc import Sequence

from structclip_pipeline.parser.compounds import name_compounds
from structclip_pipeline.parser.decoder import Decoder
from structclip_pipeline.parser.forward import ForwardPass
from structclip_pipeline.parser.lexicon import Lexicon
from structclip_pipeline.parser.model import Model
from structclip_pipeline.parser.negation import deny
from structclip_pipeline.parser.reciprocity import relate_to_own_kind
from structclip_pipeline.parser.spelling import Speller
from structclip_pipeline.parser.token_graph import Token, TokenAttribute, TokenGraph, TokenRelation
from structclip_pipeline.parser.tokens import split_windows
from structclip_pipeline.parser.typos import Mender
from structclip_pipeline.parser.usage import follow_usage
from structclip_schemas.graph import SceneGraph

BATCH = 64
"""Sentences of similar length scored at once; what is scored then stays in the processor's cache."""

_PADDED = 8_192


class TokenParser:
    """A decoder, a lexicon and a vocabulary in order of frequency, ready to parse."""

    def __init__(self, decoder: Decoder, lexicon: Lexicon, vocabulary: Sequence[str]) -> None:
        self._decoder = decoder
        self._speller = Speller(lexicon)
        self._mender = Mender(vocabulary)
        self._compounds = frozenset(lexicon.compounds)
        self._usage = lexicon.usage

    def parse(self, captions: Sequence[str], tokens: Sequence[Sequence[Token]]) -> list[SceneGraph]:
        """Scene graphs of captions with their tokens, in order; the same however captions are batched."""
        mended = [self._mender.mend(caption, own) for caption, own in zip(captions, tokens, strict=True)]
        graphs = self.parse_tokens(mended)
        return [self._speller.spell(c, t, g) for c, t, g in zip(captions, mended, graphs, strict=True)]

    def parse_tokens(self, tokens: Sequence[Sequence[Token]]) -> list[TokenGraph]:
        """Graphs over tokens, in order."""
        windows = [(i, window) for i, own in enumerate(tokens) for window in split_windows(own)]
        words = [[t.text for t in tokens[i][start:end]] for i, (start, end) in windows]
        parts: list[list[tuple[int, TokenGraph]]] = [[] for _ in tokens]
        decoded = self._decode(words)
        for (i, (start, end)), graph in zip(windows, decoded, strict=True):
            own = tokens[i][start:end]
            named = name_compounds(own, deny(own, graph), self._compounds)
            usual = follow_usage(own, named, self._usage)
            parts[i].append((start, relate_to_own_kind(own, usual)))
        return [_join(part) for part in parts]

    def _decode(self, words: Sequence[Sequence[str]]) -> list[TokenGraph]:
        order = sorted(range(len(words)), key=lambda i: (len(words[i]), i))
        decoded: dict[int, TokenGraph] = {}
        for batch in _split_batches(order, [len(w) for w in words]):
            decoded.update(zip(batch, self._decoder.decode([words[i] for i in batch]), strict=True))
        return [decoded[i] for i in range(len(words))]


def build_parser(model: Model) -> TokenParser:
    """The parser of a trained model."""
    decoder = Decoder(ForwardPass(model.weights), model.lexicon.templates)
    return TokenParser(decoder, model.lexicon, model.weights.words[1:])


def _split_batches(order: Sequence[int], lengths: Sequence[int]) -> list[list[int]]:
    batches: list[list[int]] = []
    for i in order:
        if not batches or len(batches[-1]) >= BATCH or (len(batches[-1]) + 1) * lengths[i] > _PADDED:
            batches.append([])
        batches[-1].append(i)
    return batches


def _join(parts: Sequence[tuple[int, TokenGraph]]) -> TokenGraph:
    if len(parts) == 1 and parts[0][0] == 0:
        return parts[0][1]
    objects: list[tuple[int, int]] = []
    attributes: list[TokenAttribute] = []
    relations: list[TokenRelation] = []
    for by, graph in parts:
        first = len(objects)
        objects += [(start + by, end + by) for start, end in graph.objects]
        attributes += [TokenAttribute(a.object + first, a.start + by, a.end + by) for a in graph.attributes]
        relations += [
            TokenRelation(r.head + first, r.tail + first, r.template, r.verb + by if r.verb >= 0 else -1)
            for r in graph.relations
        ]
    return TokenGraph(tuple(objects), tuple(attributes), tuple(relations))
