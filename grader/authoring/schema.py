"""The JSON schemas of case files, by which editors complete and check them."""

import json
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from duecourse.cases.case import Case
from duecourse.cases.key import CaseKey

MODELS: Final[dict[str, type[BaseModel]]] = {
    "case.schema.json": Case,
    "key.schema.json": CaseKey,
}
"""The schemas of the repository lie in ``case_studies/``; a test keeps them true."""


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a file."""
    schema = model.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def write_schemas(folder: Path) -> list[Path]:
    """Write both schemas into a folder and return their files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, model in MODELS.items():
        text = json.dumps(schema_of(model), ensure_ascii=False, indent=1) + "\n"
        (folder / name).write_text(text, "utf-8")
        files.append(folder / name)
    return files
