"""Attacks on whoever reads the work: markup and script in text and outputs."""

from tests.conftest import cell_of
from tests.grader.attacks import probes
from tests.grader.attacks.attack import Attack, Here, Stock

PAGES = "hostile pages"
MARK = "document.documentElement.dataset.taken = 'yes'"
TAKEN = f"void ({MARK});"
"""What a script does that runs: a test looks for it in the page."""
MARKUP = f"""
<script>{TAKEN}</script>
<img src="nowhere" onerror="{TAKEN}">
<svg onload="{TAKEN}"><script>{TAKEN}</script></svg>
<iframe srcdoc="<script>void (parent.{MARK});</script>"></iframe>
<a href="javascript:{TAKEN}" id="tempting">click</a>
<body onload="{TAKEN}"><details open ontoggle="{TAKEN}">
<meta http-equiv="refresh" content="600;url=http://127.0.0.1:9/taken">
<base href="http://127.0.0.1:9/"><form action="http://127.0.0.1:9/"><button>Submit</button></form>
<object data="javascript:{TAKEN}"></object><embed src="javascript:{TAKEN}">
<link rel="stylesheet" href="http://127.0.0.1:9/x.css"><style>body {{ display: none }}</style>
"""
SHOWN = Here("shown, not run", ends=False)
RUNS = Stock("runs", succeeds=True)


def _in_text(notebook):
    cell_of(notebook, "why").source = f"My answer.\n{MARKUP}\n[link](javascript:{TAKEN})"
    return notebook


def _in_code(notebook):
    cell_of(notebook, "best-answer").source += f"\n# </pre></div>{MARKUP}".replace("\n<", "\n# <")
    return notebook


def _in_attachment(notebook):
    cell = cell_of(notebook, "why")
    cell.source = '![x](attachment:x.png) ![y"onerror="' + TAKEN + "](nowhere)"
    cell["attachments"] = {"x.png": {'image/png" onerror="' + TAKEN: 'AA" onerror="' + TAKEN}}
    return notebook


ATTACKS = (
    Attack(
        "scripts-in-text",
        PAGES,
        "put a script into a written answer",
        shape=_in_text,
        probe=probes.active,
        here=SHOWN,
        stock=RUNS,
    ),
    Attack(
        "scripts-in-code",
        PAGES,
        "put a script into the source of a cell",
        shape=_in_code,
        probe=probes.active,
        here=SHOWN,
        stock=Stock("in vain", succeeds=False),
    ),
    Attack(
        "scripts-in-attachments",
        PAGES,
        "put a script into an attached picture's name",
        shape=_in_attachment,
        probe=probes.active,
        here=SHOWN,
        stock=Stock("in vain", succeeds=False),
    ),
    Attack(
        "scripts-in-outputs",
        PAGES,
        "show a script as a cell's output",
        code=f"from IPython.display import HTML, SVG, Javascript, Markdown, display\n"
        f"markup = '''{MARKUP}'''\n"
        f'for one in (HTML(markup), Markdown(markup), Javascript("{TAKEN}")):\n'
        f"    display(one)\n"
        "display({'image/svg+xml': markup, 'text/latex': markup}, raw=True)",
        probe=probes.active,
        here=Here("shown, not run"),
        stock=RUNS,
    ),
    Attack(
        "scripts-in-errors",
        PAGES,
        "raise an error whose text is a script",
        code=f"markup = '''{MARKUP}'''\nimport sys\nprint(markup, file=sys.stderr)\nprint(markup)\n"
        f"def check(task, answer):\n    raise ValueError(markup)",
        here=Here("its own zeros", "all", "ValueError"),
        probe=probes.active,
        stock=Stock("in vain", succeeds=False),
    ),
    Attack(
        "scripts-in-widgets",
        PAGES,
        "show a script in a widget or a message to the page",
        code=f"from IPython.display import display\n"
        f"display({{'application/javascript': '{TAKEN.replace(chr(39), chr(34))}', "
        f"'application/vnd.jupyter.widget-view+json': {{'model_id': '</script>', "
        f"'version_major': 2, 'version_minor': 0}}, 'text/plain': 'x'}}, raw=True)",
        probe=probes.active,
        here=Here("shown, not run"),
        stock=RUNS,
    ),
)
