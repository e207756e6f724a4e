"""Grades a class with plain nbgrader, one learner after the other, and says what became of each.

Started as ``python -m tests.grader.attacks.stock_run ROOT LEARNER...``; an attack may end or upset
the process that grades, so it is one of its own.
"""

import json
import sys
from pathlib import Path

from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config


def main(root, *learners):
    """Grade each learner; a line of JSON each."""
    config = Config()
    config.CourseDirectory.root = root
    config.CourseDirectory.db_url = f"sqlite:///{root}/gradebook.db"
    config.Exchange.root = f"{root}/exchange"
    config.Execute.timeout = 5
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    with Path(root, "results.jsonl").open("a") as results:
        for learner in learners:
            done = api.autograde("tiny", learner)
            log = (done["log"] or "") + (done.get("error") or "")
            results.write(json.dumps([learner, done["success"], log[-3000:]]) + "\n")
            results.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
