"""Which law a text names."""

import pytest

from duecourse.rules.shelf import book
from duecourse.rules.statements import named


@pytest.mark.parametrize(
    ("cites", "expected"),
    [
        ("合同法", True),
        ("《合同法》第一百零七条", True),
        ("《中华人民共和国合同法》", True),
        ("民法典；合同法", True),
        ("Contract Law, Art. 107", True),
        ("the Contract Law", True),
        ("Labour Contract Law", False),
        ("Contract Lawyers Act", False),
        ("劳动合同法", False),
        ("《劳动合同法》第三条", False),
        ("合同法律关系", False),
        ("民法典", False),
        ("", False),
    ],
)
def test_the_contract_law_is_told_from_others(cites, expected):
    assert named(cites, book("CN").laws["contract-law"]) is expected
