"""The view of a coding: the whole conversation on one side, the labels of one turn on the other."""

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from duecourse.language import _, current, speaking
from duecourse.panels.codings import (
    chosen_html,
    closing_html,
    codebook_html,
    groups,
    head_html,
    label_name,
    meanings_html,
    turn_text,
)
from duecourse.widgets.explorer import Explorer
from duecourse.widgets.looks import dressed, look

if TYPE_CHECKING:
    from duecourse.codings import Coding


class TranscriptCoder(Explorer):
    """A conversation whose turns are given labels, by mouse or by keyboard.

    It holds nothing of its own: every label goes to the coding, which keeps it at once, and what the
    coding then holds is shown. Only the turn that is looked at is the view's own matter.

    Args:
        coding: the transcript and its labels.
    """

    def __init__(self, coding: "Coding") -> None:
        self.coding = coding
        self._turns = coding.transcript.turns
        self._at = self._first_open(0) or 0
        self._quiet = False
        self._head, self._chosen, self._about = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._closing = widgets.HTML()
        self.turns = self._conversation()
        self.labels = {code: _tick(label_name(code)) for code in coding.transcript.codes}
        self.previous = _button(_("Previous"))
        self.following = _button(_("Next"))
        self.to_open = _button(_("Next open turn"))
        self.none = _button(_("No label fits; next"))
        self.back = _button(_("Take back"))
        self.again = _button(_("Start again"))
        for code, tick in self.labels.items():
            tick.observe(lambda _change, code=code: self._label(code), "value")
        for button, does in (
            (self.previous, lambda: self.go(self._at - 1)),
            (self.following, lambda: self.go(self._at + 1)),
            (self.to_open, self._go_to_open),
            (self.none, self._nothing_fits),
            (self.back, lambda: coding.forget(self.turn)),
        ):
            button.on_click(lambda pressed, does=does: self._press(pressed, does))
        self.again.on_click(lambda _button: self._start_again())
        coding.watch(self._show)
        super().__init__(self._parts())
        dressed(self, "coder")
        self._show()

    @property
    def turn(self) -> str:
        """The id of the turn that is decided upon now."""
        return self._turns[self._at].id

    def go(self, place: int) -> None:
        """Go to a turn by its place in the conversation, from 0 on; beyond an end, to that end."""
        before, self._at = self._at, max(0, min(place, len(self._turns) - 1))
        for at in (before, self._at):
            self._mark(at)
        self._show_chosen()

    def still(self) -> str:
        """Return the coded conversation as HTML."""
        return self.coding._repr_html_() + closing_html(self.coding)

    def _conversation(self) -> list[Any]:
        # Forty turns share what they can: every model costs time before anything appears.
        layout, style = widgets.Layout(), widgets.ButtonStyle()
        voices = list(dict.fromkeys(turn.who for turn in self._turns))
        made = []
        for at, turn in enumerate(self._turns):
            button = widgets.Button(layout=layout, style=style, tooltip="")
            button.add_class("dc-turn").add_class(f"dc-voice{voices.index(turn.who) % 3}")
            button.on_click(lambda _button, at=at: self.go(at))
            made.append(button)
        return made

    def _parts(self) -> list[Any]:
        heard = _classed(widgets.VBox(self.turns), "dc-conversation")
        offered: list[Any] = []
        for name, codes in groups(self.coding.transcript.codes).items():
            offered.append(widgets.HTML(f"<h4>{name}</h4>"))
            ticks = [self.labels[code] for code in codes]
            offered.append(_classed(widgets.VBox(ticks), "dc-codes"))
        moves = [self.previous, self.following, self.to_open, self.none, self.back]
        deciding = widgets.VBox(
            [self._chosen, _classed(widgets.HBox(moves), "dc-moves"), *offered, self._about]
        )
        sides = widgets.HBox([heard, _classed(deciding, "dc-deciding")])
        book = widgets.HTML(codebook_html(self.coding.transcript.codes))
        foot = _classed(widgets.HBox([self.again]), "dc-moves")
        return [look(), self._head, _classed(sides, "dc-sides"), book, self._closing, foot]

    def _press(self, pressed: Any, does: Any) -> None:
        """Do what a button says, and bring the turn into sight; the focus stays on the button."""
        does()
        # a button that is disabled by now takes no focus: then it stays on the turn
        self.turns[self._at].focus()
        pressed.focus()

    def _label(self, _code: str) -> None:
        if self._quiet:
            return
        chosen = [code for code, tick in self.labels.items() if tick.value]
        if chosen:
            self.coding.label(self.turn, *chosen)
        else:
            self.coding.forget(self.turn)

    def _nothing_fits(self) -> None:
        self.coding.label(self.turn)
        self.go(self._at + 1)

    def _go_to_open(self) -> None:
        place = self._first_open(self._at + 1)
        self.go(self._at if place is None else place)

    def _start_again(self) -> None:
        self.coding.again()
        self.go(0)

    def _first_open(self, start: int) -> int | None:
        """Return the place of the first turn that is not decided upon, from a place on and round."""
        count, labels = len(self._turns), self.coding.labels
        places = ((start + step) % count for step in range(count))
        return next((at for at in places if self._turns[at].id not in labels), None)

    def _show(self) -> None:
        self._head.value = head_html(self.coding)
        self._closing.value = closing_html(self.coding)
        decided, turns = self.coding.progress
        self.to_open.disabled = decided == turns
        done = decided == turns and self.coding.key is not None
        self.again.layout.display = None if done else "none"
        # the language is looked up once, not for each turn
        with speaking(current()):
            for at in range(turns):
                self._mark(at)
            self._show_chosen()

    def _mark(self, at: int) -> None:
        """Show a turn of the conversation as it stands."""
        turn, button = self._turns[at], self.turns[at]
        button.description = turn_text(self.coding, turn)
        here = at == self._at
        button.tabbable = here
        for name, holds in (("dc-here", here), ("dc-done", turn.id in self.coding.labels)):
            (button.add_class if holds else button.remove_class)(name)

    def _show_chosen(self) -> None:
        turn = self._turns[self._at]
        given = self.coding.labels.get(turn.id)
        self._chosen.value = chosen_html(self.coding, turn)
        self._about.value = meanings_html(given or [])
        self._quiet = True
        for code, tick in self.labels.items():
            tick.value = code in (given or [])
        self._quiet = False
        self.back.disabled = given is None
        self.previous.disabled = self._at == 0
        self.following.disabled = self._at == len(self._turns) - 1


def _tick(name: str) -> Any:
    return widgets.Checkbox(description=name, indent=False, layout=widgets.Layout(width="auto"))


def _button(name: str) -> Any:
    # no icon: its letter of a symbol font would be read aloud before the name
    return widgets.Button(description=name, layout=widgets.Layout(width="auto"))


def _classed(box: Any, name: str) -> Any:
    box.add_class(name)
    return box
