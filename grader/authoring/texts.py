"""Texts by language in YAML files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from duecourse.language import LANGUAGES
from grader.authoring.findings import Finding, found


def lint_languages(file: Path) -> Iterator[Finding]:
    """Yield the texts of a YAML file that one of the two languages lacks."""
    try:
        data = yaml.safe_load(file.read_text("utf-8-sig")) if file.is_file() else None
    except yaml.YAMLError:
        return
    for place, texts in texts_of(data):
        for language in LANGUAGES:
            if not str(texts.get(language) or "").strip():
                yield found("C102", file, place, language=language)


def texts_of(data: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every text of YAML data that is given by language, with its place."""
    if isinstance(data, list):
        for number, one in enumerate(data):
            name = one.get("id", number) if isinstance(one, dict) else number
            yield from texts_of(one, f"{place}.{name}")
    elif isinstance(data, dict):
        if data and set(data) <= set(LANGUAGES):
            yield place.lstrip("."), data
        else:
            for name, value in data.items():
                yield from texts_of(value, f"{place}.{name}")
