"""Caption ids: unique, or the input is refused."""


class Ids:
    """Ids given so far. Without a prefix an id met again is a duplicate; with one it gets -2, -3 and so on."""

    def __init__(self, prefix: str | None) -> None:
        self.prefix = prefix
        self.seen: set[str] = set()
        self.duplicates: dict[str, int] = {}

    def give(self, own: str) -> str:
        """The row's final id."""
        if self.prefix is None:
            if own in self.seen:
                self.duplicates[own] = self.duplicates.get(own, 1) + 1
            self.seen.add(own)
            return own
        name, number = self.prefix + own, 1
        while name in self.seen:
            number += 1
            name = f"{self.prefix}{own}-{number}"
        self.seen.add(name)
        return name
