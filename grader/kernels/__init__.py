"""Warm kernels: one process loads the libraries once, and every kernel is a fork of it.

The kernelspec ``python3-warm`` lies below `SHARE`; whoever puts that folder on JUPYTER_PATH can
execute with it: nbclient, nbgrader and the kit's own grading alike.
"""

import os
from pathlib import Path
from typing import Final

WARM: Final = "python3-warm"
"""Name of the kernelspec."""
SHARE: Final = Path(__file__).parent / "share" / "jupyter"


def announce() -> None:
    """Let this process, and those that it starts, find the kernelspec."""
    known = os.environ.get("JUPYTER_PATH", "")
    if str(SHARE) not in known.split(os.pathsep):
        os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(SHARE), known]))
