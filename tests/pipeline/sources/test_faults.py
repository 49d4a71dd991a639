"""Messages about sources."""

import pytest

from structclip_pipeline.sources.faults import require_columns
from structclip_pipeline.sources.rows import Columns
from structclip_schemas.errors import InputError


def test_a_header_that_is_no_text_is_shown_legibly():
    """A binary file read as a table names what it has in place of columns, short and printable."""
    with pytest.raises(InputError) as caught:
        require_columns("x.tar", Columns(caption="caption"), ["0.jpg\x00\x00" + "\udcff" * 500])
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 250
