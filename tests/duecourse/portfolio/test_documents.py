"""What the documents and the benchmark say can be done."""

import importlib.util
import re
from pathlib import Path

import pytest

from duecourse import portfolio

ROOT = Path(__file__).resolve().parents[3]
PAGES = ("docs/portfolio.md", "docs/portfolio.zh.md")


def blocks(page):
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_the_code_of_the_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in blocks(page):
        exec(compile(block, page, "exec"), names)
    assert len(names["book"].accounts) == 5_000
    assert names["page"].startswith("# ")
    assert len(names["again"].accounts) == 200


def test_both_pages_show_the_same_code():
    plain = [[re.sub(r"#.*|\"(en|zh)\"", "", block) for block in blocks(page)] for page in PAGES]
    assert plain[0] == plain[1]


def test_the_benchmark_measures_a_book():
    spec = importlib.util.spec_from_file_location("benchmark", ROOT / "benchmarks/portfolio.py")
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    found = benchmark.measure(50, 3)
    rows = sum(len(table) for table in portfolio.world(portfolio.PRACTICE, 50, 3).tables().values())
    assert (found["accounts"], found["months"], found["rows"]) == (50, 3, rows)
    assert found["peak"] >= found["before"] > 10
    assert benchmark.SIZES[-1] == (1_000_000, 24)
