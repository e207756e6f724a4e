"""The outputs of cells: what nbclient makes of a kernel's messages, with limits."""

from collections import defaultdict
from typing import Any, Final

from nbclient.exceptions import CellExecutionComplete
from nbclient.output_widget import OutputWidget
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute
from traitlets import Integer

from duecourse.language import _
from grader.kernels.ending import KernelFlooding, KernelStopped
from grader.kernels.messages import Message

_OUTPUTS: Final = {"stream", "display_data", "execute_result", "error", "update_display_data"}
_COMMS: Final = {"comm_open", "comm_msg", "comm_close"}
_UNDERSTOOD: Final = _OUTPUTS | _COMMS | {"status", "execute_input", "clear_output"}
_EACH: Final = 256
"""Bytes that an output counts beside its content."""


class LimitedOutputs(Execute):
    """nbclient's handling of messages, with limits, and without trust in what they say."""

    most_output = Integer(8 * 1024 * 1024, help="Bytes of output that one cell may have.").tag(
        config=True
    )
    all_output = Integer(
        32 * 1024 * 1024,
        help="Bytes that all messages of a notebook's kernel may have, those of widgets included.",
    ).tag(config=True)

    def begin_outputs(self) -> None:
        """Forget the notebook before."""
        self.reset_execution_trackers()
        # nbclient's mimic of the Output widget looks for its state even where none is stored
        self.widget_state: dict[str, Any] = defaultdict(dict)
        self.widget_registry = {"@jupyter-widgets/output": {"OutputModel": _Output}}
        self.untold: dict[str, _Output] = {}
        self._copied = 0
        self._updated: set[int] = set()

    def begin_cell(self, cell: NotebookNode) -> None:
        """Forget the cell before."""
        cell.outputs = []
        self.clear_before_next_output = False
        self._bytes = 0

    def received(self, cell: NotebookNode, index: int, message: Message) -> None:
        """Take a message in as nbclient does; one that makes no sense has no effect."""
        kind, content = message["msg_type"], message["content"]
        if kind not in _UNDERSTOOD:
            return
        if content is None:
            if kind in _OUTPUTS:
                self._cut(cell.outputs)
            return
        count = content.get("execution_count")
        if count is not None and (type(count) is not int or count < 0):
            return
        if kind == "comm_open" and content.get("target_name") != "jupyter.widget":
            # only its state may count; nbclient would write a line about each into the log
            message["msg_type"] = "comm_close"
        try:
            self.process_message(message, cell, index)
        except CellExecutionComplete:
            pass
        except KernelStopped:
            raise
        except Exception as error:  # noqa: BLE001  # a forged message makes it raise anything
            self.log.debug("A message of the kernel was left out: %r", error)

    def output(self, outs: Any, msg: Any, display_id: Any, cell_index: int) -> Any:
        """Keep one output, unless the cell's limit is reached."""
        captured = self.output_hook_stack.get(msg["parent_header"].get("msg_id"))
        if not captured and (not outs or self.clear_before_next_output):
            self._bytes = 0
        before, self._bytes = self._bytes, self._bytes + size_of(msg["content"]) + _EACH
        if self._bytes <= self.most_output:
            return super().output(outs, msg, display_id, cell_index)
        if before <= self.most_output:
            self._cut(outs)
        return None

    def _cut(self, outs: Any) -> None:
        self._bytes = self.most_output + 1
        text = _("... more than {most} bytes of output; the rest was cut ...")
        note = new_output("stream", name="stdout", text=text.format(most=self.most_output))
        if not outs or outs[-1] != note:
            outs.append(note)

    def _update_display_id(self, display_id: str, msg: dict[str, Any]) -> None:
        """Update every output with this id; each counts, as each will stand in the notebook."""
        places = self._display_id_map.get(display_id, {})
        self._updated.update(index for index, outputs in places.items() if outputs)
        count = sum(len(outputs) for outputs in places.values())
        if count > 1:
            self._copied += (count - 1) * (size_of(msg["content"]) + _EACH)
            if self._copied > self.all_output:
                raise KernelFlooding(self.all_output)
        super()._update_display_id(display_id, msg)

    def cut_updated(self) -> None:
        """Cut the outputs that grew over the limit by later updates."""
        for index in self._updated:
            outputs = self.nb.cells[index].outputs
            size = 0
            for number, output in enumerate(outputs):
                size += size_of(output) + _EACH
                if size > self.most_output + _EACH * (number + 2):
                    del outputs[number:]
                    self._cut(outputs)
                    break

    def tell_kernel(self) -> None:
        """Tell the kernel what its Output widgets show, once a cell."""
        untold, self.untold = self.untold, {}
        for widget in untold.values():
            try:
                widget.tell()
            except KernelStopped:
                raise
            except Exception as error:  # noqa: BLE001  # its state came from the kernel
                self.log.debug("A widget's state was left out: %r", error)


class _Output(OutputWidget):
    """nbclient's mimic of the Output widget, which tells the kernel of each output all outputs.

    Here they are told once at the end of a cell: the kernel does not listen before, and the effort
    does not grow with the square of what was put out.
    """

    def sync_state(self) -> None:
        """Remember that the kernel is to be told."""
        self.executor.untold[self.comm_id] = self

    def tell(self) -> None:
        """Tell the kernel what the widget shows."""
        super().sync_state()


def size_of(content: Any) -> int:
    """Return about how many bytes the content of a message takes in a notebook."""
    if isinstance(content, dict):
        return sum(len(name) + size_of(value) for name, value in content.items())
    if isinstance(content, list):
        return sum(size_of(value) for value in content)
    return len(content) if isinstance(content, str) else 8
