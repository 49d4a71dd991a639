"""verify: check a dataset against its manifest and the contract."""

import json

import click


@click.command("verify")
@click.argument("location", metavar="DIR")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def verify(location: str, as_json: bool) -> None:
    """Check every shard of the dataset in DIR: bytes, schema, spans, edits, counts."""
    from structclip_pipeline.progress import progress
    from structclip_pipeline.storage import open_read
    from structclip_pipeline.verification import verify_dataset
    from structclip_schemas.dataset import open_dataset
    from structclip_schemas.tables import TABLES

    dataset = open_dataset(location, tuple(TABLES), open_read)
    manifest = dataset.manifest
    with progress("verify", manifest.rows) as advance:
        verify_dataset(dataset, advance)
    if as_json:
        report = {"ok": True, "table": manifest.table, "rows": manifest.rows, "shards": len(manifest.shards)}
        click.echo(json.dumps(report, sort_keys=True))
    else:
        click.echo(f"ok: {manifest.table}, {manifest.rows:,} rows in {len(manifest.shards)} shard(s), {location}")
