"""Versions of Python and of the packages that the distribution's extras ask for."""

import re
import sys
from collections import defaultdict
from importlib import metadata

from structclip_pipeline.doctor.finding import FAIL, OK, WARN, Finding

DISTRIBUTION = "structclip"
_NEEDED = ""
_UNASKED = ("all", "dev")
_REQUIREMENT = re.compile(r"([\w.-]+)(?:\[[^]]*\])?\s*([^;]*)(?:;.*extra\s*==\s*['\"](\w+)['\"])?")


def check_python() -> Finding:
    """The interpreter, whose version pip has checked."""
    return Finding("python", OK, f"{sys.version.split()[0]} ({sys.executable})")


def check_packages() -> list[Finding]:
    """One finding for the packages always needed and one for each extra; ``pipeline`` must be complete, others may."""
    try:
        requirements = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        found = f"no distribution {DISTRIBUTION}, only its source"
        return [Finding("structclip", WARN, found, "pip install -e . in the source, so that versions can be checked")]
    version = Finding("structclip", OK, metadata.version(DISTRIBUTION))
    return [version, *(_check_extra(extra, wanted) for extra, wanted in by_extra(requirements).items())]


def by_extra(requirements: list[str]) -> dict[str, list[tuple[str, str]]]:
    """
    (package, versions wanted) by extra, "" for those always needed; ``all`` and ``dev`` left away.

    >>> by_extra(["click<9,>=8", "torch>=2.6; extra == 'train'"])
    {'': [('click', '<9,>=8')], 'train': [('torch', '>=2.6')]}
    """
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for requirement in requirements:
        match = _REQUIREMENT.match(requirement)
        if match and match[1] != DISTRIBUTION and match[3] not in _UNASKED:
            found[match[3] or _NEEDED].append((match[1], match[2].strip()))
    return dict(found)


def _check_extra(extra: str, wanted: list[tuple[str, str]]) -> Finding:
    versions = {name: _version(name) for name, _ in wanted}
    missing = [name for name, version in versions.items() if version is None]
    unfit = [f"{name} {versions[name]}, wanted {spec}" for name, spec in wanted if not _fits(versions[name], spec)]
    name = f"packages [{extra}]" if extra else "packages"
    install = f'pip install "{DISTRIBUTION}[{extra}]"' if extra else f"pip install {DISTRIBUTION}"
    if missing or unfit:
        faults = ([f"missing: {', '.join(missing)}"] if missing else []) + unfit
        return Finding(name, FAIL if extra in (_NEEDED, "pipeline") else WARN, "; ".join(faults), install)
    return Finding(name, OK, ", ".join(f"{package} {version}" for package, version in versions.items()))


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _fits(version: str | None, specifiers: str) -> bool:
    """Whether a version is one of those wanted; True where it is missing or nothing can tell."""
    try:
        from packaging.specifiers import SpecifierSet
    except ImportError:
        return True
    return version is None or SpecifierSet(specifiers).contains(version, prereleases=True)
