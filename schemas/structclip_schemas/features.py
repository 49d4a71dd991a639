"""The columns of a table as the ``datasets`` library names them, so that it shows typed columns and images."""

import json
from typing import Any

import pyarrow as pa


def features_json(schema: pa.Schema, images: tuple[str, ...]) -> str:
    """
    The file metadata ``huggingface`` of a schema whose columns ``images`` are encoded images (bytes, path).

    ``datasets`` takes a column's feature from it where Arrow type and nullability agree with the column's, which for
    an image means nullable.
    """
    features = {f.name: {"_type": "Image"} if f.name in images else _feature(f.type) for f in schema}
    return json.dumps({"info": {"features": features}}, separators=(",", ":"))


def _feature(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_struct(kind):
        return {field.name: _feature(field.type) for field in kind}
    if pa.types.is_list(kind):
        return {"feature": _feature(kind.value_type), "_type": "List"}
    return {"dtype": {"float": "float32"}.get(str(kind), str(kind)), "_type": "Value"}
