"""What the ends of a call are called."""

from duecourse.cases.scripts import Outcome
from duecourse.language import _


def outcome_name(outcome: Outcome) -> str:
    """Return the name of an end, in the current language."""
    names: dict[Outcome, str] = {
        "affordable_promise": _("a promise that fits the household's means"),
        "promise": _("a promise that nobody checked against the household's means"),
        "dispute_recorded": _("the dispute is on record"),
        "complaint_recorded": _("the complaint is on record"),
        "stop_and_refer": _("collection stops, and somebody who can help takes over"),
        "message_left": _("a message that says nothing of the debt"),
        "agreed_next_step": _("a next step that both agreed on"),
        "complaint": _("a complaint to the regulator"),
        "hang_up": _("the other side hung up"),
        "no_result": _("no result"),
    }
    return names[outcome]
