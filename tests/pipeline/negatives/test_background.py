"""The shipped 3-grams beside a corpus' own."""

import numpy as np

from structclip_pipeline.negatives.background import FILE, background_hash, with_background
from structclip_pipeline.negatives.language_model import mean_log_probabilities
from structclip_pipeline.negatives.ngrams import hash_ngram
from structclip_pipeline.negatives.statistics import count_ngrams, read_counts

OWN = ["a zyzzyva sits on a table"] * 3


def test_the_larger_count_of_each_ngram_and_fold_is_taken():
    """What only one has stays as it is there; a corpus of the shipped captions themselves changes nothing."""
    with FILE.open("rb") as file:
        shipped = read_counts(file, "background")
    same = with_background(shipped)
    assert np.array_equal(same.hashes, shipped.hashes)
    assert np.array_equal(same.counts, shipped.counts)
    own = count_ngrams(OWN, [0, 0, 1])
    both = with_background(own)
    row = int(np.searchsorted(both.hashes, hash_ngram(("zyzzyva",))))
    assert both.counts[row].tolist() == [2, 1, 0, 0, 0]
    assert len(both.hashes) > len(shipped.hashes)
    assert (both.counts.sum(0) >= shipped.counts.sum(0)).all()


def test_few_captions_are_judged_as_many_are():
    """Without any caption of one's own, what people write is told from what they do not."""
    texts = ["a man riding a wave on a surfboard", "a surfboard riding a wave on a man"]
    likely, unlikely = mean_log_probabilities(with_background(count_ngrams([], [])), texts, [0, 0])
    assert likely > unlikely + 0.3


def test_the_plan_knows_the_shipped_counts():
    """Their hash is that of the file's bytes."""
    assert len(background_hash()) == 64
