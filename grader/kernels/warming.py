"""What the fork server has in memory before it forks: libraries, and what they make at first use."""

import contextlib
import gc
import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

LIBRARIES: Final = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "IPython.core.interactiveshell",
    "IPython.core.completer",
    "pandas",
    "numpy.random",
    "matplotlib.backends.backend_svg",
    "ipywidgets",
    "pyarrow.parquet",
    "scipy.optimize",
    "scipy.stats",
    "sklearn.metrics",
    "duecourse.answers",
    "duecourse.charts",
    "duecourse.portfolio",
    "grader.kernels.shell",
)
"""What a notebook of the course is likely to import. One that is missing is passed over."""
_LEARN: Final = """
import pandas, matplotlib.pyplot
_frame = pandas.DataFrame({"a": [1.5, None], "b": ["x", "y"]})
_frame.to_html(), repr(_frame), _frame.describe(), _frame.groupby("b").sum()
_frame
matplotlib.pyplot.plot([1, 2])
1 / 0
"""
_MOST: Final = 60_000
_USES: Final = (
    "frame['absent']",
    "frame.style.format({'a': '{:,.2f}'}).to_html()",
    "frame.groupby('b').agg(total=('absent', 'sum'))",
    "pandas.Series([1])['absent']",
    "frame.loc['absent']",
    "frame['a'] + frame['b']",
    "frame['b'].astype(float)",
    "frame.agg(total=('absent', 'sum'))",
    "frame.merge(frame, on='absent')",
    "pandas.to_datetime('x')",
    "pandas.read_csv('absent.csv')",
    "frame['c'] = [1]",
    "frame.mean()",
    "frame.iloc[9]",
)
"""What learners' code often does, most of it mistakes, by how often it is met."""


def warm_up() -> None:
    """Import the libraries, and what they import only when they are used."""
    # nobody debugs a kernel of the grader's, and this import costs more than all the rest
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for name in _learned():
        # what a used library loads late may be anything; it is loaded early as far as it can be
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    for use in (_show_tables, _show_errors):
        with contextlib.suppress(Exception):
            use()
    gc.collect()
    gc.freeze()


def _learned() -> list[str]:
    """Return the modules that a kernel loads beyond ours, found out in a child that ends at once."""
    before = set(sys.modules)
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException), Path(os.devnull).open("w") as nowhere:
            sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = nowhere  # type: ignore[misc]
            for stream in (1, 2):
                os.dup2(nowhere.fileno(), stream)
            _use_a_kernel()
        late = "\n".join(sorted(set(sys.modules) - before))
        os.write(writes, late.encode()[:_MOST])
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads, encoding="utf-8") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return [name for name in text.split("\n") if name and not name.startswith("__")]


def _use_a_kernel() -> None:
    from ipykernel.kernelapp import IPKernelApp

    with tempfile.TemporaryDirectory(prefix="duecourse-warming-") as folder:
        app = IPKernelApp.instance()
        app.initialize(
            [
                "--IPKernelApp.transport=ipc",
                f"--IPKernelApp.ip={folder}/s",
                f"--IPKernelApp.connection_file={folder}/connection.json",
                "--HistoryManager.hist_file=:memory:",
            ]
        )
        assert app.shell is not None
        app.shell.run_cell(_LEARN)


def _show_tables() -> None:
    import pandas as pd

    frame = pd.DataFrame({"a": [1.5, None], "b": ["x", "y"]})
    frame.to_html()
    repr(frame.describe())


def _show_errors() -> None:
    """Format an error as IPython does: its highlighting is compiled at first use."""
    _shown("int('x')", {})


def later() -> Iterator[None]:
    """Use the libraries as learners do, a little at each step.

    To show an error, IPython parses the whole sources that it passed through, which takes half a
    second in the large ones of pandas; every kernel that is forked afterwards has them parsed.
    """
    with contextlib.suppress(ImportError):
        import pandas as pd

        frame = pd.DataFrame({"a": [1.5, None], "b": ["x", "y"]})
        for use in _USES:
            _shown(use, {"pandas": pd, "frame": frame.copy()})
            gc.freeze()
            yield


def _shown(source: str, names: dict[str, Any]) -> None:
    import inspect
    from traceback import walk_tb

    from IPython.core.ultratb import AutoFormattedTB

    from grader.kernels.shell import of_no_module

    try:
        exec(compile(source, "<warming>", "exec"), names)  # noqa: S102  # our own text
    except Exception as error:  # noqa: BLE001  # an error is what is shown
        AutoFormattedTB(mode="Context").structured_traceback(*sys.exc_info())
        cause: BaseException | None = error
        while cause is not None:
            frames = [frame for frame, _line in walk_tb(cause.__traceback__)]
            of_no_module(*(one.f_code.co_filename for one in frames if not inspect.getmodule(one)))
            cause = cause.__context__
