"""Where the images of a benchmark are when nobody says so."""

from collections.abc import Sequence

from structclip_schemas.dataset import Dataset
from structclip_schemas.errors import InputError
from structclip_trainer.storage import list_folder


def default_root(datasets: Sequence[Dataset]) -> str:
    """
    The folder ``images`` beside a dataset or beside a file it was made from, as make-demo lays them out.

    Raises InputError that asks for --images when there is none.
    """
    for dataset in datasets:
        sources = [str(entry.get("uri", "")) for entry in dataset.manifest.inputs]
        for root in [f"{dataset.location}/images", *(f"{uri.rpartition('/')[0] or '.'}/images" for uri in sources)]:
            if list_folder(root):
                return root
    names = ", ".join(dataset.location for dataset in datasets)
    raise InputError(f"{names}: no folder of images beside it. Say where the images are with --images ROOT.")
