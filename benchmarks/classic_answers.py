"""What learners of the classic course write instead of the solutions, by the cell's name.

Their text follows what is given in the cell, such as the first line of a function.
"""  # noqa: INP001 - beside a script, no package

from typing import Final

MISTAKEN: Final = {
    "days-answer": "    return (today - due).days",
    "bucket-answer": "    return 'current' if days < 1 else '1-30' if days < 30 else 'over 90'",
    "table-answer": "accounts['bucket'] = accounts['days'].map(bucket)\n"
    "by_bucket = accounts.groupby('bucket').agg(\n"
    "    accounts=('account_id', 'size'), balance=('balance', 'mean')\n)",
    "risk-answer": "at_risk = (accounts['days'] > 60).mean()",
    "month-answer": "by_month = payments.groupby(payments['day'].dt.month)['amount'].sum()",
    "cure-answer": "    return float((rolls['after'] == 0).mean())",
    "value-answer": "    return payment * months",
    "schedule-answer": "    return pd.DataFrame({'month': [1], 'paid': [payment], 'left': [0.0]})",
    "best-answer": "best = by_month.idxmin()",
}
"""What a learner who is wrong writes instead of the solution; the cells run."""

RAISING: Final = {
    "days-answer": "    return (today - due).dayz",
    "bucket-answer": "    return ['current', '1-30'][days]",
    "table-answer": "by_bucket = accounts.groupby('buckets').agg(balance=('balance', 'sum'))",
    "risk-answer": "at_risk = 1 / 0",
    "month-answer": "by_month = payments.groupby('month')['amount'].sum(",
    "cure-answer": "    return float((rolls['cured'] == 1).mean())",
    "value-answer": "    raise NotImplementedError",
    "schedule-answer": "    assert payment > balance * rate, 'never paid off'\n    return payment.sum()",
    "best-answer": "best = by_months.idxmax()",
}
"""What raises: attributes, keys, names, syntax; some of it deep inside pandas."""

LOUD: Final = {
    "days-answer": "    import sys\n\n    print('looking at', due, file=sys.stderr)\n"
    "    return max(0, (today - due).days) if pd.isna(paid) or paid > today else 0",
    "risk-answer": "warnings.warn('this may take a while', stacklevel=1)\n"
    "print('line\\n' * 1500)\n"
    "at_risk = accounts.loc[accounts['days'] > 60, 'balance'].sum() / accounts['balance'].sum()",
    "value-answer": "    bar = widgets.IntProgress(max=months)\n    display(bar)\n    total = 0.0\n"
    "    for month in range(1, months + 1):\n        bar.value = month\n"
    "        total += payment / (1 + rate) ** month\n    return total",
    "month-answer": "from IPython.display import clear_output\n\nfor step in range(3):\n"
    "    print('step', step)\n    clear_output(wait=True)\n"
    "shown = display('working', display_id='progress')\n"
    "by_month = payments.groupby(payments['day'].dt.to_period('M'))['amount'].sum()\n"
    "shown = display('done', display_id='progress', update=True)\n"
    "by_month.to_csv('by_month.csv')",
}
"""What is right and says a lot: standard error in a test, warnings, widgets, files."""
