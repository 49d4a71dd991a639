"""The last result of a function of one caption."""

from structclip_pipeline.negatives.memory import remember_last


def test_the_same_objects_are_asked_once():
    """Until other ones are given, even equal ones: nothing is compared but identity."""
    asked = []

    @remember_last
    def length(words):
        asked.append(words)
        return len(words)

    first, equal = ["a", "cat"], ["a", "cat"]
    assert [length(first), length(first), length(equal), length(first)] == [2, 2, 2, 2]
    assert len(asked) == 3


def test_results_are_those_of_the_function_for_many_short_lived_objects():
    """An object that is gone cannot be taken for the next one at its address."""

    @remember_last
    def double(numbers):
        return [2 * n for n in numbers]

    assert all(double([n]) == [2 * n] for n in range(1_000))
