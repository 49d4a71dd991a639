"""How one of several ranks ends when it fails: at once."""

import os
import sys
import traceback
from collections.abc import Callable


def run_rank(command: Callable[[], object]) -> None:
    """
    Run a command; in one of several processes that torchrun started, a failure ends the process at once.

    An orderly end would wait for messages of ranks that in turn wait for this one; torchrun ends those.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        command()
        return
    code: object = 1
    try:
        command()
        return
    except SystemExit as end:
        if not end.code:
            raise
        code = end.code
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)
