"""Packages that only some settings need: a clear word when one is missing."""

from importlib.util import find_spec

from structclip_schemas.errors import InputError


def require_package(package: str, extra: str, purpose: str) -> None:
    """Raise InputError with the line that installs it when ``package``, which ``extra`` brings, is not installed."""
    if find_spec(package) is None:
        raise InputError(
            f"{purpose} needs the package {package}, which is not installed. Install it: "
            f'pip install "structclip[{extra}]" (or: pip install {package}).'
        )
