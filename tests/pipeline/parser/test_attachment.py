"""Which of two readings of the same words is kept."""

from structclip_pipeline.parser.attachment import ScoredRelation, choose_attachments
from structclip_pipeline.parser.token_graph import TokenRelation

PERSON_ON_CART = ScoredRelation(TokenRelation(0, 1, "on", -1), 9.0)


def test_the_weaker_of_two_attachments_goes():
    """In "a person on a cart behind a horse" the cart and the person are related, so only one is behind the horse."""
    person = ScoredRelation(TokenRelation(0, 2, "behind", -1), 1.0)
    cart = ScoredRelation(TokenRelation(1, 2, "behind", -1), 2.0)
    assert choose_attachments([PERSON_ON_CART, person, cart]) == [PERSON_ON_CART.relation, cart.relation]


def test_coordinated_heads_keep_both():
    """In "a cup and a plate on a table" the heads are not related, so both are on the table."""
    cup = ScoredRelation(TokenRelation(0, 2, "on", -1), 1.0)
    plate = ScoredRelation(TokenRelation(1, 2, "on", -1), 2.0)
    assert choose_attachments([cup, plate]) == [cup.relation, plate.relation]


def test_different_verbs_do_not_compete():
    """Two verbs to one tail are two statements."""
    carry = ScoredRelation(TokenRelation(0, 2, "V", 3), 1.0)
    cover = ScoredRelation(TokenRelation(1, 2, "V", 6), 2.0)
    kept = choose_attachments([PERSON_ON_CART, carry, cover])
    assert carry.relation in kept
    assert cover.relation in kept
