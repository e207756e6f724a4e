"""IPython's shell in a forked kernel, without what it does twice or in vain when a cell raises.

What it shows is the same to the letter. Half of a class's processor time goes into errors.
"""

import inspect
import os
from typing import Any, Final

from ipykernel import zmqshell
from ipykernel.compiler import XCachingCompiler

ARGUMENTS: Final = (
    f"--IPythonKernel.shell_class={__name__}.ZMQInteractiveShell",
    f"--IPythonKernel.compiler_class={__name__}.Compiler",
)
"""A kernel's arguments that ask for both."""
_files: set[str] = set()


class ZMQInteractiveShell(zmqshell.ZMQInteractiveShell):  # libraries know a notebook by this name
    """A shell that formats the traceback of an error once.

    IPython makes it a second time for ``%notebook``, which writes a session into a file.
    """

    def _format_exception_for_storage(
        self, exception: BaseException, *_more: Any, **_others: Any
    ) -> dict[str, Any]:
        shown = getattr(self, "_last_traceback", None) or []
        return {"ename": type(exception).__name__, "evalue": str(exception), "traceback": shown}


class Compiler(XCachingCompiler):
    """A compiler that says of each cell that no module has its file."""

    def cache(self, *code: Any, **about: Any) -> str:
        """Keep a cell's source for error messages and return the name of its file."""
        name: str = super().cache(*code, **about)
        of_no_module(name)
        return name


def of_no_module(*files: str) -> None:
    """Note that no module was loaded from these files, as `inspect.getmodule` would find out.

    It would look through all modules for every frame of such a file: that takes longer than all the
    rest of an error. Those of compiled extensions are relative to the working directory, so call
    this without files when that has changed.
    """
    _files.update(files)
    for file in files or _files:
        for name in (file, os.path.normcase(os.path.abspath(file))):  # noqa: PTH100  # as inspect writes it
            inspect.modulesbyfile[name] = ""
