"""Words that say where something is, and the predicates FACTUAL writes for them."""

PLACES = {
    "at the left of": ("left of", "to the left of", "on the left of", "on the left side of"),
    "on the right side of": ("right of", "to the right of", "on the right of", "on the right side of"),
    "above": ("above",),
    "over": ("over",),
    "under": ("under", "below", "beneath", "underneath"),
    "behind": ("behind",),
    "in front of": ("in front of",),
    "inside": ("inside", "inside of"),
    "next to": ("next to",),
    "beside": ("beside",),
    "near": ("near",),
    "on": ("on",),
    "on top of": ("on top of", "on the top of", "atop"),
}
"""Predicate templates and the ways to say them."""


def list_surfaces() -> dict[str, str]:
    """Each way to say a place, without articles, with its template; what spells the template itself is left out."""
    pairs = ((way.replace(" the ", " "), template) for template, ways in PLACES.items() for way in ways)
    return {way: template for way, template in pairs if way != template}
