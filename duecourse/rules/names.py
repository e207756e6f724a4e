"""What severities, forces and evidence are called, in the language spoken now."""

from duecourse.language import _
from duecourse.rules.kinds import Severity
from duecourse.rules.models import Evidence, Force


def severity_name(severity: Severity) -> str:
    """Return what a severity is called: "serious", 严重."""
    names = {
        "critical": _("critical"),
        "serious": _("serious"),
        "moderate": _("moderate"),
        "advisory": _("advice only"),
    }
    return names[severity]


def force_name(force: Force) -> str:
    """Return what a force is called: "recommended standard", 推荐性标准."""
    names = {
        "criminal": _("criminal law"),
        "statute": _("statute"),
        "administrative_regulation": _("administrative regulation"),
        "judicial_interpretation": _("judicial interpretation"),
        "ministry_rule": _("ministry rule"),
        "handbook_rule": _("regulator's handbook"),
        "standard": _("recommended standard"),
        "self_regulation": _("self-regulation"),
    }
    return names[force]


def evidence_name(evidence: Evidence) -> str:
    """Return how well a text is known, in words."""
    names = {
        "verified": _("read in the text itself"),
        "secondary": _("known second-hand"),
        "memory": _("from memory"),
    }
    return names[evidence]
