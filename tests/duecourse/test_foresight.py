"""What lies ahead is named, and measures that peek are caught."""

import pandas as pd

from duecourse import foresight, warning

SNAPSHOT = pd.DataFrame(
    {
        "account_id": [1, 1, 1, 2, 2, 2],
        "month": pd.to_datetime(["2024-01-31", "2024-02-29", "2024-03-31"] * 2),
        "inflow": [10.0, 20, 30, 40, 50, 60],
    }
)
PAYMENTS = pd.DataFrame(
    {
        "account_id": [1, 2],
        "paid_on": pd.to_datetime(["2024-02-29", "2024-03-01"]),
        "amount": [5.0, 7],
    }
)


def test_columns_with_later_days_are_named():
    frame = pd.DataFrame(
        {
            "at": pd.to_datetime(["2024-02-29 23:59", "2024-03-01 00:01"]),
            "到期日": pd.to_datetime(["2024-02-01", None]),
            "amount": [1, 2],
        }
    )
    table = foresight.look_ahead(frame, "2024-02-29")
    assert table.index.tolist() == ["at"]
    assert table.loc["at", "rows"] == 1
    assert table.loc["at", "latest"] == pd.Timestamp("2024-03-01 00:01")
    assert foresight.look_ahead(frame, "2024-03-01").empty
    assert foresight.look_ahead(frame[:0], "2020-01-01").empty


def test_a_measure_that_peeks_is_caught():
    def build(snapshot, payments):
        past = snapshot[snapshot["month"] <= "2024-02-29"].groupby("account_id")["inflow"]
        return pd.DataFrame(
            {
                "last": past.last(),
                "mean_of_all": snapshot.groupby("account_id")["inflow"].mean(),
                "paid": payments.groupby("account_id")["amount"].sum(),
            }
        )

    # account 2 paid on the 1st of March, which nobody knew on the last of February
    assert foresight.leaks(build, SNAPSHOT, PAYMENTS, "2024-02-29") == ["mean_of_all", "paid"]


def test_accounts_that_only_the_future_knows_are_a_leak():
    def build(snapshot, _payments):
        return snapshot[snapshot["inflow"] > 25].groupby("account_id")[["inflow"]].max()

    assert foresight.leaks(build, SNAPSHOT, PAYMENTS, "2024-02-29") == ["account_id"]


def test_the_kits_own_indicators_do_not_peek():
    quiet = {
        "months_on_book": 5, "status": "active", "days_past_due": 0, "utilisation": 0.1,
        "bounced_debits": 0, "new_lenders": 0, "contact_changed": False,
    }  # fmt: skip
    found = foresight.leaks(
        lambda snapshot, payments: warning.indicators(snapshot, payments, "2024-02-29", window=1),
        SNAPSHOT.assign(**quiet),
        PAYMENTS,
        "2024-02-29",
    )
    assert found == []
