"""Whether a claim holds of a scene, judged by measures alone: True, False, or None where people could disagree."""

from dataclasses import dataclass
from itertools import permutations

from structclip_pipeline.demo.scene import Scene, Thing
from structclip_pipeline.demo.vocabulary import CONTAINERS, SUPPORTS

Verdict = bool | None


@dataclass(frozen=True, slots=True)
class Mention:
    """What a text says about one thing; None where it says nothing."""

    shape: str
    count: int = 1
    colour: str | None = None
    size: str | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """Some things and how they stand: each relation is (name, index of its first mention, index of its second)."""

    mentions: tuple[Mention, ...]
    relations: tuple[tuple[str, int, int], ...] = ()


def judge(claim: Claim, scene: Scene) -> Verdict:
    """
    Whether the scene has different things that fit the mentions and stand as claimed.

    True when some choice of things fits in every respect, False when every choice fails clearly in some respect.
    """
    choices = permutations(scene.things, len(claim.mentions))
    verdicts = [_all(_facts(claim, scene, choice)) for choice in choices]
    if True in verdicts:
        return True
    return None if None in verdicts else False


def _all(facts: list[Verdict]) -> Verdict:
    if False in facts:
        return False
    return None if None in facts else True


def _facts(claim: Claim, scene: Scene, things: tuple[Thing, ...]) -> list[Verdict]:
    facts = [_fits(mention, thing) for mention, thing in zip(claim.mentions, things, strict=True)]
    if False in facts:
        return facts
    return facts + [stands(name, things[head], things[tail], scene) for name, head, tail in claim.relations]


def _fits(mention: Mention, thing: Thing) -> Verdict:
    if (mention.shape, mention.count) != (thing.shape, thing.count):
        return False
    if mention.colour not in (None, thing.colour) or mention.pattern not in (None, thing.pattern):
        return False
    if mention.size is None or mention.size == thing.size:
        return True
    return None if thing.size is None else False


def stands(name: str, head: Thing, tail: Thing, scene: Scene) -> Verdict:
    """Whether ``head`` stands in the named relation to ``tail``."""
    if name in ("right of", "below", "behind"):
        return stands({"right of": "left of", "below": "above", "behind": "in front of"}[name], tail, head, scene)
    if name == "left of":
        return _before(head, tail, 0)
    if name == "above":
        return _before(head, tail, 1)
    if name == "in front of":
        return _covers(head, tail, scene)
    if name == "next to":
        return True if _before(head, tail, 0) or _before(tail, head, 0) else None
    return {"on": _supported, "inside": _contained}[name](head, tail)


def _before(head: Thing, tail: Thing, axis: int) -> Verdict:
    """Left of (axis 0) or above (axis 1): a clear gap and mostly along the axis; not when reversed or level."""
    across, along = tail.middle[axis] - head.middle[axis], abs(tail.middle[1 - axis] - head.middle[1 - axis])
    if tail.box[axis] - head.box[axis + 2] >= 0.02 and along <= 0.5 * across:
        return True
    if across <= 0.12:
        return False
    return None


def _shared(head: Thing, tail: Thing) -> tuple[float, float]:
    """How far the two boxes overlap across and down; negative: the gap between them."""
    a, b = head.box, tail.box
    return min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])


def _covers(head: Thing, tail: Thing, scene: Scene) -> Verdict:
    across, down = _shared(head, tail)
    if min(across, down) <= -0.02:
        return False
    if _contained(head, tail) or _contained(tail, head) or _supported(head, tail) or _supported(tail, head):
        return None
    if scene.things.index(head) < scene.things.index(tail):
        return False if min(across, down) > 0.03 else None
    return True if min(across, down) > 0.03 else None


def _supported(head: Thing, tail: Thing) -> Verdict:
    """On: the foot within the top face of something flat, middle over middle."""
    sink = head.box[3] - tail.box[1]
    if abs(head.x - tail.x) <= 0.03 and -0.005 <= sink <= 0.05 and head.y < tail.box[1]:
        return True if tail.shape in SUPPORTS else None
    return False if sink < -0.02 or sink > 0.12 else None


def _contained(head: Thing, tail: Thing) -> Verdict:
    a, b = head.box, tail.box
    if a[0] > b[0] and a[1] > b[1] and a[2] < b[2] and a[3] < b[3]:
        return tail.shape in CONTAINERS
    return False if min(_shared(head, tail)) < 0 or tail.radius <= head.radius else None
