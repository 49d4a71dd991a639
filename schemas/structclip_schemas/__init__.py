"""The contract of structclip: records, tables, manifest and errors. Needs only the standard library and pyarrow."""
