"""What the kit says when something expected went wrong."""


class DuecourseError(Exception):
    """A problem that the person at the keyboard can mend.

    The message is complete in itself: what happened, where, what exists and what to do next. The
    command line prints it without a traceback and ends with exit code 1.
    """
