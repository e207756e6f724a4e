"""What looks like real personal data is found; what is plainly invented is not."""

import pytest

from grader.authoring.privacy import personal


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("Ruf 13812345678 an", "telephone", "13812345678"),
        ("请拨打138-1234-5678。", "telephone", "138-1234-5678"),
        ("+86 13812345678", "telephone", "+86 13812345678"),
        ("010-62345678", "telephone", "010-62345678"),
        ("07911 123456", "telephone", "07911 123456"),
        ("212-456-1234", "telephone", "212-456-1234"),
        ("身份证11010519491231002X", "identity number", "11010519491231002X"),
        ("4111 1111 1111 1111", "card number", "4111 1111 1111 1111"),
        ("6222020200112233446", "card number", "6222020200112233446"),
        ("write to li.ming@bank.cn", "mail address", "li.ming@bank.cn"),
    ],
)
def test_real_looking_data_are_found(text, kind, shown):
    assert (kind, shown) in list(personal(text))


@pytest.mark.parametrize(
    "text",
    [
        "000-0000-0101",
        "36,000 yuan on 2026-03-25 at 10:30",
        "2026-03-25T10:30:00",
        "07700 900123",
        "212-555-0123",
        "help@example.com and 客服@例子.test",
        "110105194912310021",  # the check digit is wrong
        "4111 1111 1111 1112",  # Luhn's test fails
        "0000 0000 0000 0000",
        "case-0001,2026-03-01,600.00,600.00,0.00",
        "",
    ],
)
def test_invented_data_are_left_alone(text):
    assert list(personal(text)) == []


def test_an_identity_number_is_told_once():
    assert len(list(personal("11010519491231002X, 11010519491231002X"))) == 1
