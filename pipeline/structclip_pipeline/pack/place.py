"""The place of an image's bytes, small enough to be staged for every image of a dataset."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """The number of a file; offset and length in a tar, row group and row in Parquet. All are -1 in a folder."""

    file: int
    first: int
    second: int


FOLDER = Place(-1, -1, -1)
"""The place of a file of its own: its name says where it is."""

Labelled = tuple[tuple[str, ...], Place]
"""A place with the names it goes by."""
