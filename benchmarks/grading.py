"""What grading a class costs: nbgrader alone, ours in isolation, and IPython alone as the floor.

``python benchmarks/grading.py --submissions 100 --rounds 3``

The class hands in a course in nbgrader's classic style (`classic_course`). In every round each way
grades a fresh copy of it, one way after the other, nothing else beside. CPU seconds are those of a
command with all its descendants; ``machine`` is how busy the whole machine was meanwhile, so that
disturbed rounds show. Nothing is asserted: times belong to the machine. Everything is built in a
temporary folder and removed.
"""  # noqa: INP001 - a script, no package

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks import floor
from benchmarks.classic_course import ASSIGNMENT, build
from benchmarks.measuring import Failed, Spent, machine, spent
from grader.differences import Difference, of_folders, of_gradebooks

_PACKAGES: Final = ("nbgrader", "nbclient", "ipykernel", "ipython", "jupyter-client", "pandas")
_PROGRAMS: Final = Path(sys.executable).parent
_STOCK: Final = (sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT)
_OURS: Final = (str(_PROGRAMS / "duecourse"), "autograde", ASSIGNMENT)
_SHOWN: Final = 6
_NAMES: Final = {"stock": "nbgrader autograde", "ours": "duecourse autograde", "floor": "IPython"}


class Bench:
    """A temporary folder with the class, and commands that work there.

    Attributes:
        place: the folder; it is removed by whoever made it.
        ours: our command with its options.
    """

    def __init__(self, place: Path, options: Sequence[str]) -> None:
        self.place, self.ours = place, (*_OURS, *options)
        self._graded: dict[int, tuple[Path, Spent]] = {}
        kept = {"LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH"}
        self._surroundings = {
            **{name: value for name, value in os.environ.items() if name in kept},
            "PATH": os.pathsep.join([str(_PROGRAMS), os.environ.get("PATH", os.defpath)]),
            # whatever a person has configured stays out, and whatever is noted goes with the folder
            "HOME": str(place / "home"),
            "TMPDIR": str(place / "tmp"),
            "DUECOURSE_LANGUAGE": "en",
        }
        for folder in ("home", "tmp"):
            (place / folder).mkdir()

    def class_of(self, submissions: int) -> Path:
        """Return the course with a class of this size; it is built once."""
        course = self.place / f"class-{submissions}"
        if not course.is_dir():
            build(course, submissions)
        return course

    def copy(self, course: Path, name: str) -> Path:
        """Return a fresh copy of a course."""
        copy = self.place / name
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(course, copy)
        return copy

    def graded(self, submissions: int) -> tuple[Path, Spent]:
        """Return a class of this size that ours has graded, and what that took; it is done once."""
        if submissions not in self._graded:
            course = self.copy(self.class_of(submissions), f"graded-{submissions}")
            self._graded[submissions] = course, self.run(self.ours, course)
        return self._graded[submissions]

    def run(self, command: Sequence[str], course: Path, *, watch: bool = False) -> Spent:
        """Run a command in a course."""
        done = spent(command, course, self._surroundings, watch=watch)
        if done.left:
            print(f"  left running: {done.left} processes of {' '.join(command[:3])}")
        for file in sorted((self.place / "tmp").iterdir()):
            print(f"  left behind: {file.name} by {' '.join(command[:3])}")
            if file.is_dir():
                shutil.rmtree(file)
            else:
                file.unlink()
        return done

    def floor(self, graded: Path) -> dict[str, float]:
        """Run the cells that were graded in a course, with IPython alone."""
        course = self.copy(graded, "floor")
        notebooks = list(executed(course))
        file = self.place / "notebooks.json"
        file.write_text(json.dumps(notebooks), "utf-8")
        for folder in (course / "autograded").rglob("*"):
            folder.chmod(0o755 if folder.is_dir() else 0o644)
        done = self.run((sys.executable, floor.__file__, str(file)), self.place)
        found: dict[str, float] = json.loads(done.said.splitlines()[-1])
        return found


def executed(course: Path) -> Iterator[dict[str, object]]:
    """Yield the folder and the executed code cells of every graded notebook of a course."""
    for file in sorted((course / "autograded").rglob("*.ipynb")):
        cells = json.loads(file.read_text("utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        yield {"folder": str(file.parent), "cells": code}


def differences(stock: Path, ours: Path) -> list[Difference]:
    """Return in which fields the gradebooks and folders of two graded courses differ."""
    found = of_gradebooks(*(f"sqlite:///{one}/gradebook.db" for one in (stock, ours)))
    for folder in sorted((stock / "submitted").iterdir()):
        sides = (side / "autograded" / folder.name for side in (stock, ours))
        found += of_folders(folder.name, "autograded", *sides)
    return found


def rounds(bench: Bench, submissions: int, number: int) -> None:
    """Measure all three ways so many times and print what was found."""
    course = bench.class_of(submissions)
    walls: dict[str, list[float]] = {name: [] for name in _NAMES}
    cpus: dict[str, list[float]] = {name: [] for name in _NAMES}
    print(f"\n{submissions} submissions of 2 notebooks with 25 cells")
    print(f"{'round':>5} {'way':<20} {'wall s':>8} {'CPU s':>8} {'machine':>8}")
    for one in range(1, number + 1):
        graded = {}
        for name, command in (("stock", _STOCK), ("ours", bench.ours)):
            graded[name] = bench.copy(course, name)
            done = bench.run(command, graded[name])
            walls[name].append(done.wall)
            cpus[name].append(done.cpu)
            row = f"{one:>5} {_NAMES[name]:<20} {done.wall:>8.1f} {done.cpu:>8.1f}"
            print(f"{row} {done.machine:>8.1f}", flush=True)
        base = bench.floor(graded["stock"])
        walls["floor"].append(base["wall"])
        cpus["floor"].append(base["cpu"])
        print(f"{one:>5} {_NAMES['floor']:<20} {base['wall']:>8.1f} {base['cpu']:>8.1f}")
        found = differences(graded["stock"], graded["ours"])
        books = sum(one.where.startswith("gradebook") for one in found)
        print(
            f"      differences: gradebook {books}, graded folders {len(found) - books}", flush=True
        )
        for one_found in found[:_SHOWN]:
            print(f"      {one_found}")
    print(
        f"\nmedian of {number}; the floor runs {base['notebooks']:.0f} notebooks with "
        f"{base['cells']:.0f} code cells, {base['raising']:.0f} of them raising"
    )
    wall = {name: statistics.median(found) for name, found in walls.items()}
    cpu = {name: statistics.median(found) for name, found in cpus.items()}
    print(f"{'way':<20} {'wall s':>8} {'CPU s':>8} {'stock/wall':>10} {'CPU/floor':>10}")
    for name, title in _NAMES.items():
        print(
            f"{title:<20} {wall[name]:>8.1f} {cpu[name]:>8.1f} "
            f"{wall['stock'] / wall[name]:>10.1f} {cpu[name] / cpu['floor']:>10.2f}"
        )


def memory(bench: Bench, submissions: int) -> None:
    """Print the peak memory of each kind of process while ours grades a class."""
    copy = bench.copy(bench.class_of(submissions), "memory")
    found = bench.run(bench.ours, copy, watch=True).memory
    print(
        f"\npeak memory while {submissions} submissions are graded: the largest process of a kind,"
    )
    print("by its proportional set size, and the largest sum of all of them")
    for role in sorted(found, key=lambda one: (one == "all", one)):
        print(f"  {role:<20} {found[role]:>7.0f} MiB")


def growth(bench: Bench, sizes: Sequence[int]) -> None:
    """Print how the time of ours grows with the class."""
    print(f"\n{'submissions':>11} {'wall s':>8} {'CPU s':>8} {'a minute':>9} {'CPU s each':>11}")
    for size in sizes:
        _course, done = bench.graded(size)
        print(
            f"{size:>11,} {done.wall:>8.1f} {done.cpu:>8.1f} {size / done.wall * 60:>9.0f} "
            f"{done.cpu / size:>11.3f}",
            flush=True,
        )


def remark(bench: Bench, submissions: int) -> None:
    """Print how long it takes to mark a graded class anew."""
    course, _done = bench.graded(submissions)
    done = bench.run((*bench.ours, "--remark"), course)
    print(f"\nmarking {submissions:,} again: {done.wall:.1f} s, {done.cpu:.1f} CPU s")


def feedback(bench: Bench, submissions: int) -> None:
    """Print how long feedback for a graded class takes."""
    course, _done = bench.graded(submissions)
    command = (sys.executable, "-m", "nbgrader", "generate_feedback", ASSIGNMENT)
    done = bench.run(command, course)
    each = done.wall / submissions
    print(
        f"\nfeedback for {submissions:,}: {done.wall:.1f} s, {done.cpu:.1f} CPU s, {each:.2f} s each"
    )


def main() -> None:
    """Measure what was asked for."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--submissions", type=int, default=100, metavar="N")
    asked.add_argument("--rounds", type=int, default=3, metavar="N", help="0 for none")
    asked.add_argument("--jobs", type=int, metavar="N", help="workers of ours")
    asked.add_argument("--no-isolation", action="store_true", help="grade ours unisolated")
    asked.add_argument("--memory", action="store_true", help="peak memory, in a run of its own")
    asked.add_argument("--growth", type=int, nargs="+", metavar="N", help="classes of these sizes")
    asked.add_argument("--remark", type=int, metavar="N", help="mark a class of this size again")
    asked.add_argument("--feedback", action="store_true", help="nbgrader's feedback of the class")
    chosen = asked.parse_args()
    options = ["--jobs", str(chosen.jobs)] if chosen.jobs else []
    options += ["--no-isolation"] if chosen.no_isolation else []
    print(machine())
    print(
        f"Python {sys.version.split()[0]}, "
        + ", ".join(f"{one} {version(one)}" for one in _PACKAGES)
    )
    print(
        f"load before: {os.getloadavg()[0]:.2f}; isolated: {'no' if chosen.no_isolation else 'yes'}"
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        bench = Bench(Path(place), options)
        try:
            if chosen.rounds:
                rounds(bench, chosen.submissions, chosen.rounds)
            if chosen.memory:
                memory(bench, chosen.submissions)
            if chosen.growth:
                growth(bench, chosen.growth)
            if chosen.remark:
                remark(bench, chosen.remark)
            if chosen.feedback:
                feedback(bench, chosen.submissions)
        except Failed as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
