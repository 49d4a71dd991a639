"""What the HTML pages of audits and reports share: how templates are read, and the colours by day and by night."""

from typing import Any


def build_environment(package: str, **options: Any) -> Any:
    """Templates of a package's ``page_files`` and the common style; ``options`` are jinja2's."""
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    loader = ChoiceLoader([PackageLoader(package, "page_files"), PackageLoader(__name__, "")])
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, **options)
