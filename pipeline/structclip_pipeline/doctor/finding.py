"""What a check found."""

from dataclasses import dataclass

OK, WARN, FAIL = "ok", "warn", "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: ``status`` is ok, warn or fail; ``advice`` says what to do, and is empty where nothing is."""

    name: str
    status: str
    detail: str
    advice: str = ""
