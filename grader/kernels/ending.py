"""Why a kernel is of no use any more, as its learner reads it."""

from duecourse.errors import DuecourseError
from duecourse.language import _


class KernelStopped(DuecourseError):
    """A kernel is of no use any more; the message says why, for the learner to read."""


class KernelEnded(KernelStopped):
    """The kernel ended."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(
            _("the kernel was ended: {why}").format(why=reason)
            if reason
            else _("the kernel ended while a cell was running")
        )


class KernelSilent(KernelStopped):
    """A cell goes on after it was interrupted, or the kernel does not say that it is done."""

    def __init__(self) -> None:
        super().__init__(_("a cell ran too long and did not stop when it was interrupted"))


class KernelFlooding(KernelStopped):
    """The messages of a notebook are larger than allowed, all together."""

    def __init__(self, most: int) -> None:
        text = _("the notebook put out more than {most} bytes")
        super().__init__(text.format(most=most))


class KernelBabbling(KernelStopped):
    """The kernel sends what no honest kernel sends: unsigned, unreadable or absurdly nested."""

    def __init__(self, why: str) -> None:
        text = _("the kernel sent messages that cannot be read: {why}")
        super().__init__(text.format(why=why[:200]))


class KernelNotStarted(DuecourseError):
    """A kernel did not start; no cell has run, so that this says nothing about a submission."""
