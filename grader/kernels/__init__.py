"""Warm kernels: one process loads the libraries once, and every kernel is a fork of it.

The kernelspecs ``python3-warm`` and ``python3-isolated`` lie below `SHARE`; whoever puts that folder
on JUPYTER_PATH can execute with them: nbclient, nbgrader and the kit's own grading alike. What an
isolated kernel executes sees nothing of this machine but the libraries and a copy of its folder.
"""

import os
from pathlib import Path
from typing import Final

WARM: Final = "python3-warm"
"""Name of the kernelspec for code that is trusted."""
ISOLATED: Final = "python3-isolated"
"""Name of the kernelspec for the code of learners."""
SHARE: Final = Path(__file__).parent / "share" / "jupyter"


def announce() -> None:
    """Let this process, and those that it starts, find the kernelspecs."""
    known = os.environ.get("JUPYTER_PATH", "")
    if str(SHARE) not in known.split(os.pathsep):
        os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(SHARE), known]))
