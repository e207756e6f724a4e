"""JupyterLab in a real Chromium, driven as a person drives it, with nothing of this machine's own.

DUECOURSE_SCREENSHOTS names a folder for pictures of what was seen; without it none are taken.
"""

import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from duecourse.language import LANGUAGES

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PROGRAM = next(filter(None, map(shutil.which, BROWSERS)), None)
OPTIONS = [
    # Whatever is asked for elsewhere is noted and never found, so that no test waits for it.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
]
QUIET = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
}
"""Settings of JupyterLab that keep questions and savings of its own out of a test."""
WIDTH, HEIGHT = 1400, 900
"""Pixels of a window."""
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
ACTIVE = "jupyterapp.shell.currentWidget.content.activeCell"
MEASURED = "measured in the browser"
FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items):
    """Skip what needs a browser where there is none, and say how to get one."""
    why = (
        f"there is no {' or '.join(BROWSERS[::2])}; to install it: "
        "sudo apt-get install -y --no-install-recommends chromium"
    )
    here = Path(__file__).parent
    for item in items:
        if PROGRAM is None and here in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=why))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, default=False) or report.failed
    return report


def pytest_terminal_summary(terminalreporter):
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == MEASURED and report.when == "call":
                terminalreporter.write_line(text)


@contextmanager
def served(root, home):
    """Serve a folder with JupyterLab to this machine alone, and yield its address.

    Args:
        root: the folder; the server also runs in it, as `duecourse workshop` has it.
        home: an empty folder for everything that Jupyter keeps.
    """
    kept = {name: str(home / name.lower()) for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")}
    settings = home / "settings"
    for name, values in QUIET.items():
        file = settings / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    ours = ("JUPYTER", "DUECOURSE", "NBGRADER", "IPYTHON")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {f"JUPYTER_{name}": folder for name, folder in kept.items()}
    environment |= {
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        f"--ServerApp.port={port}",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={root}",
        "--IdentityProvider.token=",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.extension_manager=readonly",
    ]
    log = home / "server.log"
    with log.open("wb") as stream:
        server = subprocess.Popen(
            command, cwd=root, env=environment, stdout=stream, stderr=subprocess.STDOUT
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, server, log)
        yield address
    finally:
        # The server ends its kernels itself; a kernel whose server was killed ends by itself.
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(address, server, log):
    end = time.monotonic() + 120
    while True:
        with suppress(OSError), urllib.request.urlopen(f"{address}/api/status", timeout=5):
            return
        assert server.poll() is None, log.read_text("utf-8")[-3000:]
        assert time.monotonic() < end, log.read_text("utf-8")[-3000:]
        time.sleep(0.1)


class Lab:
    """One window of a browser with JupyterLab in it.

    Attributes:
        page: Playwright's page.
        address: where the server listens.
        errors: what the page raised and nobody was told yet: the words, and with their place.
        strangers: addresses outside this machine that were asked for, likewise.
        forgiven: words in errors and addresses that are no fault of ours.
    """

    def __init__(self, page, address):
        self.page, self.address = page, address
        self.errors, self.strangers, self.forgiven = [], [], ()
        page.on("pageerror", self._raised)
        page.on("request", lambda request: self._asked(request.url))

    def _raised(self, error):
        self.errors.append((str(error), error.stack or str(error)))

    def _asked(self, url):
        if url.startswith(("http:", "https:", "ws:", "wss:")) and "//127.0.0.1:" not in url:
            self.strangers.append(url)

    def start(self, path=""):
        """Open JupyterLab as if for the first time, and wait until it stands."""
        self.page.goto(f"{self.address}/lab{path}?reset")
        self.page.wait_for_function("() => window.jupyterapp?.shell", timeout=60_000)
        self.page.evaluate("async () => { await jupyterapp.restored }")

    def open(self, notebook):
        """Open a notebook and wait for its kernel."""
        self.start(f"/tree/{notebook}")
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Notebook .jp-Cell", timeout=30_000)
        self.wait_until_idle()

    def wait_until_idle(self):
        self.page.wait_for_function(
            """() => {
                const kernel = jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel;
                return kernel?.connectionStatus === "connected" && kernel.status === "idle";
            }""",
            timeout=60_000,
        )

    def command(self, name):
        """Do what an entry of the menu does, and wait until it is done."""
        self.page.evaluate("async name => { await jupyterapp.commands.execute(name) }", name)

    def run_all(self):
        self.command("notebook:run-all-cells")

    def restart(self):
        """Restart the kernel; the outputs stay where they are, as JupyterLab leaves them."""
        self.page.evaluate(
            """async () => {
                const session = jupyterapp.shell.currentWidget.sessionContext.session;
                await session.kernel.restart();
            }"""
        )
        self.wait_until_idle()

    def save(self):
        self.command("docmanager:save")

    def cell(self, *, grade_id=None, source=None):
        """Go to a cell, by its grade_id or by a part of its source, and return its element."""
        place = self.page.evaluate(
            """async ([gradeId, source]) => {
                const notebook = jupyterapp.shell.currentWidget.content;
                const place = notebook.widgets.findIndex(({ model }) =>
                    gradeId === null
                        ? model.type === "code" && model.sharedModel.getSource().includes(source)
                        : model.getMetadata("nbgrader")?.grade_id === gradeId);
                notebook.activeCellIndex = place;
                await notebook.scrollToItem(place, "start");
                return place;
            }""",
            [grade_id, source],
        )
        assert place >= 0, f"no cell {grade_id or source}"
        return self.page.locator(
            f'.jp-NotebookPanel:not(.lm-mod-hidden) [data-windowed-list-index="{place}"]'
        )

    def run(self, text=None, **which):
        """Run a cell with the keyboard and return its element.

        Args:
            text: is typed in place of the cell's source first.
            which: the cell, as in `cell`.
        """
        cell = self.cell(**which)
        cell.locator(".cm-content").click()
        if text is not None:
            self.page.keyboard.press("Control+a")
            self.page.keyboard.type(text)
        before = self.page.evaluate(f"() => {ACTIVE}.model.executionCount")
        ran = self.page.evaluate_handle(f"() => {ACTIVE}.model")
        self.page.keyboard.press("Shift+Enter")
        self.page.wait_for_function(
            "([model, before]) => ![null, before].includes(model.executionCount)",
            arg=[ran, before],
            timeout=60_000,
        )
        self.wait_until_idle()
        return cell

    def change_theme(self, name):
        """Change JupyterLab's theme ("JupyterLab Dark") and wait until it is there.

        JupyterLab 4.6.6 takes its curtain away 200 ms after a theme is there, without looking
        whether it is still up: a second change within that time raises an error in the page.
        """
        self.page.evaluate(
            """async theme => {
                await jupyterapp.commands.execute("apputils:change-theme", { theme });
            }""",
            name,
        )
        self.page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def picture(self, name, height=HEIGHT):
        """Keep a picture of the window, made this high for it, if anybody wants one."""
        if folder := os.environ.get("DUECOURSE_SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.set_viewport_size({"width": WIDTH, "height": height})
            self.page.screenshot(path=Path(folder) / f"{name}.png")
            self.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})

    def has_kernel(self):
        """Return whether a notebook with a kernel is open."""
        kernel = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
        return self.page.evaluate(f"() => Boolean({kernel})")

    def go_on(self, notebook):
        """Open another notebook with the kernel of the open one, in which much is loaded already."""
        self.page.evaluate(
            """async path => {
                const { id } = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                const kind = { name: path, path, type: "notebook", kernel: { id } };
                await jupyterapp.serviceManager.sessions.startNew(kind);
            }""",
            notebook,
        )
        self.open(notebook)

    def time_of_a_move(self, key, picture):
        """Return the milliseconds from a key to something new on the screen.

        Args:
            key: is pressed.
            picture: the locator of what will show something new.
        """
        self.page.evaluate(
            """picture => {
                window.moved = new Promise(resolve => {
                    document.addEventListener("keydown", () => {
                        const start = performance.now();
                        new MutationObserver((_, observer) => {
                            observer.disconnect();
                            requestAnimationFrame(() => resolve(performance.now() - start));
                        }).observe(picture, { childList: true, subtree: true });
                    }, { once: true, capture: true });
                });
            }""",
            picture.element_handle(),
        )
        self.page.keyboard.press(key)
        return self.page.evaluate("() => window.moved")

    def found(self):
        """Hand over what went wrong in the page, and from where, or was asked for elsewhere: once."""
        if not self.page.is_closed():
            # An error is heard of with the next answer of the page: here, not in the next test.
            self.page.evaluate("() => null")
        found = [*self.errors, *((url, url) for url in self.strangers)]
        self.errors.clear()
        self.strangers.clear()
        return [told for what, told in found if not any(word in what for word in self.forgiven)]

    def close_kernel(self):
        """End the kernel of the open notebook."""
        self.page.evaluate(
            "async () => { await jupyterapp.shell.currentWidget?.sessionContext?.shutdown() }"
        )


@pytest.fixture(scope="module")
def chromium():
    """A browser for the tests of one module.

    Not for the whole session: while it lives an event loop runs, which is no other test's concern.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=OPTIONS)
        yield browser
        browser.close()


@contextmanager
def opened(chromium, address, language="en"):
    """Open a window of its own, yield its JupyterLab, and end it with its kernel."""
    context = chromium.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, locale=LOCALES[language]
    )
    lab = Lab(context.new_page(), address)
    yield lab
    with suppress(Exception):
        lab.close_kernel()
    context.close()


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request):
    """Each language in turn."""
    return request.param


@pytest.fixture(scope="module")
def one_lab(address, chromium, language):
    """One window on the module's own server for all its tests of a language."""
    with opened(chromium, address, language) as lab:
        yield lab


@pytest.fixture
def looked_after(request):
    """Return what looks after a JupyterLab: a picture of a failure, and nothing that went wrong."""
    labs = []
    yield labs.append
    for lab in labs:
        if request.node.stash.get(FAILED, default=False):
            lab.picture(f"failed-{request.node.name}")
    assert [one for lab in labs for one in lab.found()] == []


@pytest.fixture
def window(chromium, looked_after):
    """Return what opens a JupyterLab in a window of its own; it looks after what happened there."""
    with ExitStack() as windows:

        def open_window(address, language="en"):
            lab = windows.enter_context(opened(chromium, address, language))
            looked_after(lab)
            return lab

        yield open_window


@pytest.fixture
def measured(record_property):
    """Return what notes times in milliseconds under a name; they are printed after the tests."""

    def note(name, times):
        median, least, most = statistics.median(times), min(times), max(times)
        text = f"{name}: median {median:.0f} ms ({least:.0f}-{most:.0f} ms, {len(times)} times)"
        record_property(MEASURED, text)

    return note
