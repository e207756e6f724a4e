"""Notebooks and pages without what differs between any two executions of the same work.

That is: times of execution, the ids of widgets and of cells that nbgrader put back, addresses in
memory, the folder of a kernel's temporary files, and whether a cell's standard output or its standard
error came first.
"""

import json
import re
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import Any, Final

_VIEW: Final = "application/vnd.jupyter.widget-view+json"
_STATE: Final = "application/vnd.jupyter.widget-state+json"
_MODEL: Final = re.compile(r"IPY_MODEL_([0-9a-f]{32})")
_FLEETING: Final = (
    (re.compile(r"\b0x[0-9a-f]{6,16}\b"), "0x…"),
    (re.compile(r"[\w./+-]*/ipykernel_\d+/"), "…/ipykernel_…/"),
)
_UNIQUE: Final = re.compile(r"\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b")
_SAVED: Final = re.compile(rf'<script type="{re.escape(_STATE)}">.*?</script>', re.DOTALL)
_MADE_UP: Final = re.compile(r"[0-9a-f]{8}")


def notebook(data: dict[str, Any], ids: Collection[str] = ()) -> dict[str, Any]:
    """Return the plain form of a notebook.

    Args:
        data: the notebook as JSON has it; it is changed.
        ids: the cell ids that were handed in, which are kept.
    """
    data["metadata"].pop("duecourse", None)
    for cell in data["cells"]:
        cell["metadata"].pop("execution", None)
        if cell.get("id") not in ids and _MADE_UP.fullmatch(cell.get("id", "")):
            cell["id"] = "…"
        if "outputs" in cell:
            cell["outputs"] = list(_streams_joined(cell["outputs"]))
    text = json.dumps(data, ensure_ascii=False)
    for model, name in _models(data).items():
        text = text.replace(model, name)
    plain: dict[str, Any] = json.loads(_lasting(text))
    return plain


def page(text: str) -> str:
    """Return the plain form of a feedback page."""
    names: dict[str, str] = {}
    # the state of its widgets lies in the notebook too, where it is compared
    text = _SAVED.sub("", text)
    return _lasting(_UNIQUE.sub(lambda one: names.setdefault(one[0], f"id-{len(names)}"), text))


def _lasting(text: str) -> str:
    for pattern, instead in _FLEETING:
        text = pattern.sub(instead, text)
    return text


def _streams_joined(outputs: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the outputs; of streams that follow each other, each is joined, in order of names."""
    for streams, some in groupby(outputs, lambda one: one["output_type"] == "stream"):
        if not streams:
            yield from some
            continue
        texts: dict[str, str] = {}
        for one in some:
            texts[one["name"]] = texts.get(one["name"], "") + "".join(one["text"])
        for name in sorted(texts):
            yield {"output_type": "stream", "name": name, "text": texts[name]}


def _models(data: dict[str, Any]) -> dict[str, str]:
    """Return names for a notebook's widgets that are the same in every execution.

    They are numbered as the outputs show them and as they contain each other. Those that are not
    shown follow, the ones that no other contains first, in the order of all that they contain.
    """
    saved = data["metadata"].get("widgets", {}).get(_STATE, {}).get("state", {})
    texts = {model: json.dumps(state, sort_keys=True) for model, state in saved.items()}
    inner = {model: _MODEL.findall(text) for model, text in texts.items()}
    contained = {one for some in inner.values() for one in some}
    names: dict[str, str] = {}

    def number(model: str) -> None:
        if model not in names:
            names[model] = f"model-{len(names)}"
            for one in inner.get(model, ()):
                number(one)

    def whole(model: str, above: tuple[str, ...] = ()) -> str:
        parts = [whole(one, (*above, model)) for one in inner.get(model, ()) if one not in above]
        return _MODEL.sub("", texts.get(model, "")) + "".join(parts)

    for cell in data["cells"]:
        for output in cell.get("outputs", []):
            if view := output.get("data", {}).get(_VIEW):
                number(view["model_id"])
    for model in sorted(saved, key=lambda one: (one in contained, whole(one))):
        number(model)
    return names
