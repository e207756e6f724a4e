"""The least that executing notebooks can cost: IPython alone, in forked children of a warm process.

``python benchmarks/floor.py NOTEBOOKS`` reads a JSON list of ``{"folder": ..., "cells": [...]}`` and
runs the cells of each notebook in its folder, in a child of its own, as many children side by side
as there are cores. Every output is formatted as for a notebook and thrown away; there is no kernel,
no message, no gradebook and no file. The history is off, since grading has none.

It prints JSON: seconds, CPU seconds of the children alone, cells, and how many of them raised. What
loading the libraries costs is not in it: that is done once, whatever the number of notebooks.
"""  # noqa: INP001 - a script, no package

import gc
import json
import os
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def execute(cells: Sequence[str]) -> int:
    """Run cells one after the other in this process; return how many raised."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    done = [shell.run_cell(cell, store_history=True) for cell in cells]
    return sum(one.error_before_exec is not None or one.error_in_exec is not None for one in done)


def forked(notebooks: Sequence[dict[str, Any]], side_by_side: int) -> dict[str, float]:
    """Run every notebook in a child of its own.

    Args:
        notebooks: the folder and the sources of the code cells of each.
        side_by_side: how many children at once.

    Returns:
        ``wall`` and ``cpu`` in seconds, ``notebooks``, ``cells``, ``raising``.
    """
    reading, writing = os.pipe()
    gc.collect()
    gc.freeze()
    running = 0
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    for notebook in notebooks:
        if running == side_by_side:
            _one_ended()
            running -= 1
        if os.fork() == 0:
            _child(notebook, writing)
        running += 1
    for _left in range(running):
        _one_ended()
    seconds = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        raising = sum(int(line) for line in told)
    return {
        "wall": seconds,
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "notebooks": len(notebooks),
        "cells": sum(len(notebook["cells"]) for notebook in notebooks),
        "raising": raising,
    }


def _one_ended() -> None:
    child, status = os.wait()
    if status:
        raise RuntimeError(f"the child {child} ended with {os.waitstatus_to_exitcode(status)}")


def _child(notebook: dict[str, Any], telling: int) -> None:
    code = 1
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)
        os.chdir(notebook["folder"])
        os.write(telling, f"{execute(notebook['cells'])}\n".encode())
        code = 0
    finally:
        os._exit(code)


def warm_up() -> None:
    """Import what the notebooks import, and what IPython and pandas import when they are first used.

    A throw-away child executes a few cells, and what they loaded is loaded here.
    """
    import importlib

    import ipywidgets  # noqa: F401
    import numpy as np  # noqa: F401
    import pandas as pd  # noqa: F401

    cells = (
        "import pandas as pd, ipywidgets\nfrom IPython.display import HTML, display",
        "display(pd.DataFrame({'a': [1.5], 'b': [pd.Timestamp('2026-01-01')]}), ipywidgets.IntSlider())",
        "pd.DataFrame({'a': [1]}).style",
        "pd.DataFrame({'a': [1]})['b']",
        "def f(:",
    )
    reading, writing = os.pipe()
    if os.fork() == 0:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)
        execute(cells)
        with os.fdopen(writing, "w") as telling:
            telling.write("\n".join(sys.modules))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        learned = told.read().split("\n")
    os.wait()
    for name in learned:
        if name not in sys.modules and name != "__main__":
            try:
                importlib.import_module(name)
            except ImportError:
                continue


def main() -> None:
    """Run the notebooks of a file and print what it took."""
    notebooks = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    begun = time.process_time()
    warm_up()
    warm = time.process_time() - begun
    found = forked(notebooks, len(os.sched_getaffinity(0)))
    print(json.dumps({**found, "warm": warm}))


if __name__ == "__main__":
    main()
