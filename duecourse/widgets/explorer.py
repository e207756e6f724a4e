"""What all widgets of the kit have in common."""

import os
from typing import Any

import ipywidgets as widgets


class Explorer(widgets.VBox):
    """A model to look at from several sides: controls above what they show.

    It is a place to look from, no answer: running its cell again starts anew, and nothing is lost.
    While a submission is marked it shows nothing; where no kernel runs (an export, a feedback page)
    it shows `still`.
    """

    def still(self) -> str:
        """Return what is shown now, as HTML."""
        raise NotImplementedError

    def _ipython_display_(self) -> None:
        """Show nothing while a submission is marked, else leave the display to `_repr_mimebundle_`."""
        if not os.environ.get("NBGRADER_EXECUTION"):
            raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Return the live view and, for pages without a kernel, what it shows now."""
        return {**super()._repr_mimebundle_(**kwargs), "text/html": self.still()}
