"""What the captions of an image name: words that a replacement may not use, since it could be true of the image."""

from collections.abc import Sequence
from dataclasses import dataclass

from structclip_pipeline.negatives.contexts import name_object, predicate_of
from structclip_pipeline.negatives.images import group_by_image
from structclip_pipeline.negatives.relation_rules import mean_the_same
from structclip_pipeline.negatives.thesaurus import adjectives_overlap, nouns_overlap, verbs_overlap
from structclip_pipeline.parser.inflection import singular, verb_bases
from structclip_schemas.edits import folded_words
from structclip_schemas.graph import SceneGraph


@dataclass(frozen=True, slots=True)
class ImageWords:
    """
    Words of an image's captions, in all base forms they may have, and what their graphs name.

    ``relations``: predicates with the name of their second object.
    """

    words: frozenset[str]
    nouns: frozenset[str]
    attributes: frozenset[str]
    relations: frozenset[tuple[str, str]]

    def name(self, noun: str) -> bool:
        """Whether a caption uses a noun, a synonym, or a word for a kind of it or for what it is a kind of."""
        return not self.words.isdisjoint(noun.split()) or any(nouns_overlap(noun, known) for known in self.nouns)

    def describe(self, attribute: str) -> bool:
        """Whether a caption uses an attribute or a synonym."""
        return attribute in self.words or any(adjectives_overlap(attribute, known) for known in self.attributes)

    def act(self, verb: str) -> bool:
        """Whether a caption uses a verb, a synonym, or a verb for a way of doing it or for what it is a way of."""
        return verb in self.words or any(verbs_overlap(verb, predicate_of(lemma)[0]) for lemma, _ in self.relations)

    def place(self, preposition: str, tail: str) -> bool:
        """Whether a caption places something so to an object that is or may be called ``tail``."""
        return any(
            mean_the_same(preposition, predicate_of(lemma)[1] or lemma) and nouns_overlap(tail, other)
            for lemma, other in self.relations
        )


def words_of_images(said: Sequence[tuple[str | None, str, SceneGraph]]) -> list[ImageWords]:
    """The words of its image's captions, its own among them, for each of (image_id, caption, graph)."""
    of_image = group_by_image(image for image, _, _ in said)
    gathered = {image: _gather([said[k][1:] for k in places]) for image, places in of_image.items()}
    return [gathered[image] if image is not None else _gather([(caption, graph)]) for image, caption, graph in said]


def _gather(captions: Sequence[tuple[str, SceneGraph]]) -> ImageWords:
    words: set[str] = set()
    for word in {word for caption, _ in captions for word in folded_words(caption)}:
        words |= {word, singular(word), *verb_bases(word)}
    graphs = [graph for _, graph in captions]
    return ImageWords(
        frozenset(words),
        frozenset(name_object(o.lemma) for g in graphs for o in g.objects),
        frozenset(a.lemma.lower() for g in graphs for a in g.attributes),
        frozenset((r.lemma.lower(), name_object(g.objects[r.tail].lemma)) for g in graphs for r in g.relations),
    )
