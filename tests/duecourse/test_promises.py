"""Promises to pay, judged strictly and tolerantly against ledgers worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import betabinom, binomtest

from duecourse import promises
from duecourse.columns import ColumnMissing, Unmeasurable

DAY = pd.Timestamp


def promised(*rows):
    """Promises of (account, made, due, amount), numbered from 1, days of March 2025."""
    table = pd.DataFrame(
        [(n, a, march(m), march(d), float(y)) for n, (a, m, d, y) in enumerate(rows, 1)],
        columns=["promise_id", "account_id", "made_on", "due_on", "amount"],
    )
    return table.astype({"made_on": "datetime64[s]", "due_on": "datetime64[s]"})


def paid(*rows):
    """Payments of (account, day, amount), numbered from 1; a fourth value names what it takes back."""
    table = pd.DataFrame(
        [
            (n, r[0], march(r[1]), float(r[2]), r[3] if len(r) > 3 else pd.NA)
            for n, r in enumerate(rows, 1)
        ],
        columns=["payment_id", "account_id", "paid_on", "amount", "reverses"],
    )
    return table.astype({"paid_on": "datetime64[s]", "reverses": "Int64"})


def march(day):
    return DAY("2025-03-01") + pd.Timedelta(days=day - 1)


def quarter():
    """The forty promises of case F4: 100,000 yuan, kept, nearly kept, partly kept and not."""
    amounts = [46_000 / 18] * 18 + [2_500.0] * 4 + [14_000 / 6] * 6 + [2_500.0] * 12
    made = promised(*((n, 1, 10, round(a, 2)) for n, a in enumerate(amounts)))
    made.loc[17, "amount"] += 46_000 - made["amount"][:18].sum()
    made.loc[27, "amount"] += 14_000 - made["amount"][22:28].sum()
    money = [(n, 9, made["amount"][n]) for n in range(18)]
    money += [(n, 12, 2_375) for n in range(18, 22)]
    money += [(n, 10, 5_200 / 6) for n in range(22, 28)]
    return made, paid(*money)


# --- one promise ---


def state(made, money, as_of=31, **terms):
    table = promises.outcome(made, money, march(as_of), **terms)
    return table.loc[0, ["strict", "tolerant"]].tolist()


@pytest.mark.parametrize(
    ("payments", "strict", "tolerant"),
    [
        ([(1, 10, 500)], "kept", "kept"),
        ([(1, 5, 200), (1, 10, 300)], "kept", "kept"),
        ([(1, 11, 500)], "broken", "kept"),
        ([(1, 10, 450)], "partly", "kept"),
        ([(1, 13, 450)], "broken", "kept"),
        ([(1, 14, 500)], "broken", "broken"),
        ([(1, 10, 449.99)], "partly", "partly"),
        ([(1, 13, 1)], "broken", "partly"),
        ([], "broken", "broken"),
        ([(2, 10, 500)], "broken", "broken"),
        ([(1, 3, 500)], "broken", "broken"),
        ([(1, 4, 500)], "kept", "kept"),
    ],
)
def test_a_promise_of_500_made_on_the_4th_for_the_10th(payments, strict, tolerant):
    assert state(promised((1, 4, 10, 500)), paid(*payments)) == [strict, tolerant]


def test_what_is_paid_never_exceeds_the_promise():
    table = promises.outcome(promised((1, 1, 10, 500)), paid((1, 9, 800)), march(31))
    assert table.loc[0, ["paid_by_due", "paid_within_grace"]].tolist() == [500, 500]


def test_a_promise_is_not_due_until_its_day_is_over_even_if_it_is_paid():
    made, money = promised((1, 1, 10, 500)), paid((1, 2, 500))
    assert state(made, money, as_of=9) == ["not_due", "not_due"]
    assert state(made, money, as_of=10) == ["kept", "not_due"]
    assert state(made, money, as_of=12) == ["kept", "not_due"]
    assert state(made, money, as_of=13) == ["kept", "kept"]


def test_payments_after_the_day_of_looking_are_not_known():
    made, money = promised((1, 1, 10, 500)), paid((1, 12, 500))
    assert state(made, money, as_of=11) == ["broken", "not_due"]
    table = promises.outcome(made, money, march(11))
    assert table.loc[0, "paid_within_grace"] == 0


def test_a_bounced_payment_keeps_no_promise_once_it_is_known():
    made, money = promised((1, 1, 10, 500)), paid((1, 9, 500), (1, 14, -500, 1))
    assert state(made, money, as_of=13) == ["kept", "kept"]
    assert state(made, money, as_of=14) == ["broken", "broken"]
    part = paid((1, 9, 500), (1, 14, -30, 1))
    assert state(made, part, as_of=14) == ["partly", "kept"]


def test_a_bounced_payment_made_good_within_the_grace_is_kept_tolerantly():
    money = paid((1, 9, 500), (1, 11, -500, 1), (1, 13, 500))
    assert state(promised((1, 1, 10, 500)), money) == ["broken", "kept"]


def test_money_from_the_sale_of_a_debt_is_not_the_customers():
    money = paid((1, 9, 500), (1, 9, 100)).assign(kind=["sale", "payment"])
    table = promises.outcome(promised((1, 1, 10, 500)), money, march(31))
    assert table.loc[0, "paid_by_due"] == 100


def test_a_leap_day_is_a_day():
    made = promised((1, 1, 10, 500)).assign(
        made_on=DAY("2024-02-20"), due_on=DAY("2024-02-28").as_unit("s")
    )
    money = paid((1, 1, 500)).assign(paid_on=DAY("2024-03-02"))
    # 28 February + 3 days in a leap year = 2 March
    assert promises.outcome(made, money, "2024-03-02").loc[0, "tolerant"] == "kept"
    money["paid_on"] = DAY("2024-03-03")
    assert promises.outcome(made, money, "2024-03-03").loc[0, "tolerant"] == "broken"


def test_tolerance_and_grace_can_be_chosen():
    made, money = promised((1, 1, 10, 500)), paid((1, 15, 400))
    assert state(made, money, tolerance=0.8, grace_days=5) == ["broken", "kept"]
    assert state(made, money, tolerance=1, grace_days=5) == ["broken", "partly"]
    assert state(made, paid((1, 11, 500)), grace_days=0) == ["broken", "broken"]


# --- several promises of one account ---


def test_overlapping_promises_share_the_money_in_the_order_of_their_days():
    made = promised((1, 1, 20, 300), (1, 1, 10, 500))
    table = promises.outcome(made, paid((1, 5, 600)), march(31))
    assert table["paid_by_due"].tolist() == [100, 500]
    assert table["strict"].tolist() == ["partly", "kept"]


def test_no_yuan_counts_twice():
    made = promised((1, 1, 10, 500), (1, 8, 12, 500), (1, 8, 12, 500))
    table = promises.outcome(made, paid((1, 9, 700), (1, 13, 400)), march(31))
    # the 9th: 500 + 200; the 13th, within all graces: the first is full, 300 to the second, 100
    assert table["paid_within_grace"].tolist() == [500, 500, 100]
    assert table["paid_by_due"].tolist() == [500, 200, 0]


def test_money_from_before_a_promise_does_not_count_for_it():
    made = promised((1, 1, 10, 500), (1, 6, 20, 500))
    table = promises.outcome(made, paid((1, 5, 800)), march(31))
    assert table["paid_by_due"].tolist() == [500, 0]


def test_the_order_of_rows_and_their_labels_do_not_matter():
    made = promised((1, 1, 20, 300), (2, 1, 10, 500), (1, 1, 10, 500)).assign(
        note=["甲", "乙", "丙"]
    )
    money = paid((1, 5, 600), (2, 9, 500))
    table = promises.outcome(made, money, march(31))
    turned = promises.outcome(made[::-1], money[::-1], march(31)).sort_values("promise_id")
    pd.testing.assert_frame_equal(table, turned.reset_index(drop=True))
    assert table["note"].tolist() == ["甲", "乙", "丙"]


def test_sharing_agrees_with_a_slow_count_yuan_by_yuan():
    rng = np.random.default_rng(3)
    rows = [
        (int(a), int(m), int(m + rng.integers(0, 9)), int(rng.integers(1, 9)))
        for a, m in zip(rng.integers(0, 4, 25), rng.integers(1, 15, 25), strict=True)
    ]
    money = [
        (int(rng.integers(0, 4)), int(rng.integers(1, 28)), int(rng.integers(1, 9)))
        for _ in range(40)
    ]
    table = promises.outcome(promised(*rows), paid(*money), march(31))
    got = [0] * len(rows)
    for account, day, amount in sorted(money, key=lambda p: p[1]):
        for _ in range(amount):
            open_ = [
                (due, made, n)
                for n, (a, made, due, wanted) in enumerate(rows)
                if a == account and made <= day <= due + 3 and got[n] < wanted
            ]
            if open_:
                got[min(open_)[2]] += 1
    assert table["paid_within_grace"].tolist() == got


# --- rates ---


def test_the_quarter_that_nobody_watched():
    table = promises.kept_rates(promises.outcome(*quarter(), march(31))).loc["all"]
    assert table["promises"] == table["due"] == 40
    assert table["kept_strict"] == 18
    assert table["strict_rate"] == pytest.approx(0.45)
    assert table["kept_tolerant"] == 22
    assert table["tolerant_rate"] == pytest.approx(0.55)
    assert table["promised"] == pytest.approx(100_000)
    assert table["paid"] == pytest.approx(60_700, abs=0.1)
    assert table["cash_ratio"] == pytest.approx(0.607, abs=1e-5)
    expected = binomtest(18, 40).proportion_ci(method="wilson")
    assert (table["strict_low"], table["strict_high"]) == pytest.approx(tuple(expected))


def test_what_is_not_due_stands_apart_and_rates_share_one_denominator():
    made = promised((1, 1, 10, 100), (2, 1, 10, 100), (3, 1, 19, 100), (4, 1, 25, 100))
    money = paid((1, 10, 100), (3, 19, 100), (4, 2, 100))
    table = promises.kept_rates(promises.outcome(made, money, march(20))).loc["all"]
    assert table[["promises", "not_due", "in_grace", "due"]].tolist() == [4, 1, 1, 2]
    assert table[["strict_rate", "tolerant_rate", "cash_ratio"]].tolist() == [0.5, 0.5, 0.5]


def test_rates_by_group_keep_the_missing_group():
    made = promised(*((n, 1, 10, 100) for n in range(4))).assign(渠道=["电话", None, "电话", None])
    table = promises.kept_rates(promises.outcome(made, paid((0, 10, 100)), march(31)), "渠道")
    assert table.loc["电话", ["due", "strict_rate"]].tolist() == [2, 0.5]
    assert table[table.index.isna()]["tolerant_rate"].tolist() == [0]
    assert table.index.name == "渠道"


def test_a_group_can_be_a_series_and_may_have_nothing_due():
    outcomes = promises.outcome(promised((1, 1, 10, 100), (2, 1, 30, 100)), paid(), march(20))
    table = promises.kept_rates(outcomes, pd.cut(outcomes["account_id"], [0, 1, 2]).rename("band"))
    assert table["due"].tolist() == [1, 0]
    assert np.isnan(table["strict_rate"].iloc[1])
    assert np.isnan(table["cash_ratio"].iloc[1])


def test_no_promises_give_a_table_without_rows_and_no_rates():
    outcomes = promises.outcome(promised(), paid(), "2025-03-31")
    assert outcomes.empty
    table = promises.kept_rates(outcomes).loc["all"]
    assert table["promises"] == 0
    assert np.isnan(table["tolerant_rate"])


def test_reliability_draws_small_groups_to_the_book():
    made = promised(*((a, 1, 10, 100) for a in (1, 2, 2, 2, 2)), (3, 1, 30, 100))
    money = paid((1, 10, 100), (2, 10, 100))
    table = promises.reliability(promises.outcome(made, money, march(20)))
    # the book: 2 of 5 due were kept = 0.4
    assert table["kept"].tolist() == [1, 1, 0]
    assert table["due"].tolist() == [1, 4, 0]
    expected = [(1 + 5 * 0.4) / 6, (1 + 5 * 0.4) / 9, 0.4]
    assert table["reliability"].tolist() == pytest.approx(expected)
    # the mean of the next promise in a beta-binomial model with that prior
    assert betabinom(1, 1 + 2, 0 + 3).mean() == pytest.approx(expected[0])


# --- what cannot be judged ---


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"promise_id": [1, 1]}, "'promise_id' must be unique, but 1 rows repeat one, such as 1"),
        ({"amount": [100.0, None]}, "'amount' has 1 missing values of 2"),
        ({"amount": [100.0, 0.0]}, "1 promises have an amount that is not above 0"),
        ({"due_on": [march(1), march(2)]}, "2 promises are due before they were made"),
        ({"due_on": ["2025-03-10", "2025-03-10"]}, "'due_on' must hold dates. Found: '2025-03-10'"),
    ],
)
def test_promises_that_cannot_be_judged_say_why(change, message):
    made = promised((1, 5, 10, 100), (2, 5, 10, 100)).assign(**change)
    with pytest.raises(Unmeasurable, match=message):
        promises.outcome(made, paid(), march(31))


def test_payments_that_cannot_be_counted_say_why():
    made = promised((1, 5, 10, 100))
    with pytest.raises(Unmeasurable, match="'payment_id' must be unique"):
        promises.outcome(made, paid((1, 6, 10), (1, 7, 10)).assign(payment_id=4), march(31))
    for lost in (paid((1, 6, 10), (1, 7, -10, 9)), paid((2, 6, 10), (1, 7, -10, 1))):
        with pytest.raises(Unmeasurable, match="1 reversals name no payment of their account"):
            promises.outcome(made, lost, march(31))
    with pytest.raises(ColumnMissing, match="no column 'paid_on'"):
        promises.outcome(made, paid((1, 6, 10)).drop(columns="paid_on"), march(31))


def test_terms_and_tables_of_another_kind_are_refused():
    made = promised((1, 5, 10, 100))
    with pytest.raises(Unmeasurable, match="'tolerance' is a share"):
        promises.outcome(made, paid(), march(31), tolerance=90)
    with pytest.raises(Unmeasurable, match="'grace_days'"):
        promises.outcome(made, paid(), march(31), grace_days=-1)
    outcomes = promises.outcome(made, paid(), march(31))
    with pytest.raises(Unmeasurable, match="'strict' must hold kept, partly, broken, not_due"):
        promises.kept_rates(outcomes.assign(strict="yes"))
    with pytest.raises(Unmeasurable, match="'view' is 'strict' or 'tolerant'"):
        promises.reliability(outcomes, view="generous")
    with pytest.raises(Unmeasurable, match="No promise is due yet"):
        promises.reliability(promises.outcome(made, paid(), march(6)))
