"""Agreement of two annotators."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.audit.agreement import agreement_of

ANSWER = st.sampled_from([True, False, None])


def _slow_kappa(pairs):
    """Kappa from its words: agreement seen, and agreement when the second's answers are dealt to any variant."""
    pairs = [pair for pair in pairs if None not in pair]
    if not pairs:
        return None
    seen = sum(a == b for a, b in pairs) / len(pairs)
    chance = sum(a == b for a, _ in pairs for _, b in pairs) / len(pairs) ** 2
    return None if chance == 1 else (seen - chance) / (1 - chance)


@given(st.lists(st.tuples(ANSWER, ANSWER), max_size=30))
def test_kappa_is_agreement_beyond_chance(pairs):
    """Against the slow count over all pairs of answers; unanswered ones do not count."""
    assert agreement_of(pairs).kappa == pytest.approx(_slow_kappa(pairs))


def test_a_textbook_table_comes_out():
    """45 both yes, 15 and 25 split, 15 both no: agreement 0.6, kappa 0.1304."""
    pairs = [(True, True)] * 45 + [(True, False)] * 15 + [(False, True)] * 25 + [(False, False)] * 15
    found = agreement_of(pairs)
    assert (found.answered, found.agreed.share) == (100, 0.6)
    assert found.kappa == pytest.approx(0.1304, abs=5e-5)


def test_kappa_of_one_answer_only_is_undefined():
    """Two annotators who always say yes agree, but not beyond chance."""
    found = agreement_of([(True, True)] * 5)
    assert found.agreed.share == 1.0
    assert found.kappa is None


@given(st.lists(st.tuples(ANSWER, ANSWER), max_size=30))
def test_the_order_of_annotators_does_not_matter(pairs):
    """Kappa and agreement are symmetric."""
    there, back = agreement_of(pairs), agreement_of([(b, a) for a, b in pairs])
    assert (there.kappa, there.agreed) == (back.kappa, back.agreed)
