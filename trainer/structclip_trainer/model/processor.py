"""StructCLIPProcessor: texts, images and triples as the model reads them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from transformers import AutoTokenizer, BatchFeature
from transformers.processing_utils import ProcessorMixin

from structclip_trainer.model.family import padded_length
from structclip_trainer.model.model import PHRASE_TOKENIZER, StructCLIPModel
from structclip_trainer.model.triples import Reading, TripleBatch, tokenize_triples
from structclip_trainer.run_folder import newest_checkpoint

Triple = Mapping[str, Any] | Sequence[str]


class StructCLIPProcessor(ProcessorMixin):  # type: ignore[misc]
    """
    Tokenizer and image processor of a dual encoder, and how its KEE reads triples.

    ``kee_triples``: K, triples of a text that are read; ``phrase_pieces``, ``phrase_padding``, ``empty_triples`` as in
    :class:`Reading`; ``own_phrases``: the KEE's phrases have a tokenizer of their own, in the folder ``kee_tokenizer``.
    ``padded`` is the length of every text where the tower reads its padding (SigLIP); None pads to the longest text.
    """

    def __init__(
        self,
        image_processor: Any,
        tokenizer: Any,
        kee_triples: int = 16,
        padded: int | None = None,
        phrase_pieces: int | None = None,
        phrase_padding: bool = False,
        empty_triples: bool = False,
        own_phrases: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(image_processor, tokenizer, **kwargs)
        self.kee_triples, self.padded, self.own_phrases = kee_triples, padded, own_phrases
        self.phrase_pieces, self.phrase_padding, self.empty_triples = phrase_pieces, phrase_padding, empty_triples
        self.phrases: Any = None

    @classmethod
    def beside(cls, model: StructCLIPModel, image_processor: Any, tokenizer: Any) -> Self:
        """The processor that goes with a model."""
        config = model.config
        processor = cls(
            image_processor,
            tokenizer,
            config.kee_triples,
            padded_length(config.clip_config),
            config.phrase_pieces,
            config.phrase_padding,
            config.empty_triples,
            model.phrase_tokenizer is not None,
        )
        processor.phrases = model.phrase_tokenizer
        return processor

    @classmethod
    def from_pretrained(cls, location: Any, *args: Any, **kwargs: Any) -> Self:
        """Load from a run (its newest checkpoint), a checkpoint or the hub."""
        folder = newest_checkpoint(str(location))
        processor = super().from_pretrained(folder, *args, **kwargs)
        if processor.own_phrases:
            processor.phrases = AutoTokenizer.from_pretrained(folder, subfolder=PHRASE_TOKENIZER)
        return processor  # type: ignore[no-any-return]

    def save_pretrained(self, folder: Any, *args: Any, **kwargs: Any) -> Any:
        """As transformers' own, with the tokenizer of the KEE's phrases where there is one."""
        saved = super().save_pretrained(folder, *args, **kwargs)
        if self.phrases is not None:
            self.phrases.save_pretrained(Path(folder) / PHRASE_TOKENIZER)
        return saved

    def __call__(
        self,
        text: str | Sequence[str] | None = None,
        images: Any = None,
        triples: Sequence[Sequence[Triple]] | None = None,
    ) -> BatchFeature:
        """
        ``input_ids`` (B, L), ``pixel_values`` (N, 3, H, W) and ``triples``, of whichever is given.

        ``triples`` holds for each text its triples, as (head, relation, tail) or as the tables hold them. A text too
        long for the tower is cut. Raises ValueError when texts and lists of triples are not as many.
        """
        found: dict[str, Any] = {}
        texts = [text] if isinstance(text, str) else list(text or [])
        if texts:
            found |= self._tokenize(texts)
        if images is not None:
            found |= self.image_processor(images=images, return_tensors="pt")
        if triples is not None:
            if len(triples) != len(texts):
                raise ValueError(f"{len(texts)} texts and {len(triples)} lists of triples: wanted one list for each.")
            found["triples"] = self._read([[_spelled(triple) for triple in of_text] for of_text in triples])
        return BatchFeature(found)

    def _read(self, triples: Sequence[Sequence[Mapping[str, Any]]]) -> TripleBatch:
        reading = Reading(self.phrase_pieces, self.phrase_padding, self.empty_triples)
        return tokenize_triples(triples, self.phrases or self.tokenizer, self.kee_triples, reading=reading)

    def _tokenize(self, texts: list[str]) -> dict[str, Any]:
        """Token ids, with their mask where the tower reads one."""
        padding = "longest" if self.padded is None else "max_length"
        tokens = self.tokenizer(
            texts, padding=padding, truncation=True, max_length=self._longest(), return_tensors="pt"
        )
        names = ("input_ids", "attention_mask") if self.padded is None else ("input_ids",)
        return {name: tokens[name] for name in names}

    def _longest(self) -> int:
        return self.padded or int(self.tokenizer.model_max_length)


def _spelled(triple: Triple) -> Mapping[str, Any]:
    if isinstance(triple, Mapping):
        return triple
    head, relation, tail = triple
    return {"head": head, "relation": relation, "tail": tail}
