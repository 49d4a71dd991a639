"""Empty Parquet files of every table, committed so that a change of the contract shows as a changed file."""

import io
from pathlib import Path

from structclip_schemas.tables import TABLES, with_metadata, write_table

GOLDEN = Path(__file__).parent / "golden"


def golden_bytes(table: str) -> bytes:
    """The bytes of an empty file of a table."""
    buffer = io.BytesIO()
    write_table(buffer, with_metadata(table, "", "").empty_table())
    return buffer.getvalue()


def write_golden() -> None:
    """Write the committed files anew: ``python -m structclip_schemas.empty_tables`` after a change of the contract."""
    GOLDEN.mkdir(exist_ok=True)
    for table in TABLES:
        (GOLDEN / f"{table}.parquet").write_bytes(golden_bytes(table))


if __name__ == "__main__":
    write_golden()
