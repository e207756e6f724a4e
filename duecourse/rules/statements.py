"""What was said in a contact: the labels of its content, and the laws that it names."""

from duecourse.rules.columns import labels
from duecourse.rules.kinds import Test
from duecourse.rules.models import Law


def shown(test: Test, content: object) -> frozenset[str]:
    """Return the labels of a content that a test looks for."""
    wanted = test.when.get("content", ())
    assert isinstance(wanted, tuple)
    return labels(content) & frozenset(wanted) if isinstance(content, str) else frozenset()


def named(cites: str, law: Law) -> bool:
    """Return whether a law is among those that a contact named.

    Args:
        cites: what was named, with ; between several: "合同法第一百零七条; 民法典".
        law: it is named by one of its names, in book title marks or not, with an article or not.
    """
    return any(_begins(one, name) for one in labels(cites) for name in law.names)


def _begins(cited: str, name: str) -> bool:
    plain = cited.strip('《》<>"“” ').replace("》", "").lower()
    plain = plain.removeprefix("中华人民共和国").removeprefix("the ")
    if not plain.startswith(name.lower()):
        return False
    following = plain.removeprefix(name.lower())[:1]
    # a longer word is another law: 合同法律 or "Contract Lawyers Act" name no Contract Law
    return following in {"", "第"} or not following.isalnum()
