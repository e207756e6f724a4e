# Everything starts here and needs only Python 3.11 or newer and make:
#
#   make workshop                a course, a class of 24, marks, feedback, a report; then JupyterLab
#   make workshop OPEN=no        the same without the browser
#   make workshop LANGUAGE=zh    the same in Chinese
#   make test                    every check that must pass before a commit
#
# All of it lies in .venv, which is mended or renewed when it is incomplete, moved or out of date.

PYTHON ?=
LANGUAGE ?=
OPEN ?= yes
PYTEST ?=
UPGRADE ?=

.DEFAULT_GOAL := help
.PHONY: help setup system workshop test lock clean

# A Linux desktop sets LANGUAGE too (zh_CN:zh, en_GB:en); only a choice made for us counts.
ifeq ($(origin LANGUAGE),command line)
language := $(LANGUAGE)
else
language := $(filter en zh,$(LANGUAGE))
endif

# Python reads the checkout's path from a file in .venv; under LC_ALL=C that must be ASCII.
ifneq ($(filter C POSIX,$(LC_ALL)),)
export LC_ALL = C.UTF-8
endif

# Grading starts many processes; with compiled files each starts in a third of the time.
unexport PYTHONDONTWRITEBYTECODE

help:
	@echo "make workshop   build the course, grade a class of 24 and open JupyterLab"
	@echo "                OPEN=no: print the results only;  LANGUAGE=zh: in Chinese"
	@echo "make test       set up what the tests need, then check style, types and behaviour"
	@echo "                PYTEST='-k marking': options for pytest"
	@echo "make setup      only set up .venv;  PYTHON=/path/to/python3: with this Python"
	@echo "make lock       write requirements.lock anew;  UPGRADE=--upgrade: with newer versions"
	@echo "make clean      remove .venv, caches and the demonstration class; a real class stays"

# What .venv was made for: this place and these dependencies.
state = { pwd -P; cat requirements.lock pyproject.toml; } | cksum

# A new .venv whenever the last one was left unfinished, was made elsewhere or lost its Python.
setup:
	@if [ "$$(cat .venv/ready 2>/dev/null)" = "$$($(state))" ] && .venv/bin/python -c '' 2>/dev/null; \
	then exit 0; fi; \
	set -e; \
	if [ -e .venv/unfinished ] || [ "$$(cat .venv/place 2>/dev/null)" != "$$(pwd -P)" ] \
		|| ! .venv/bin/python -m pip --version >/dev/null 2>&1; \
	then \
		python=; bare=; \
		for name in "$(PYTHON)" python3.13 python3.12 python3.11 python3 python; do \
			[ -n "$$name" ] || continue; \
			if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
				if "$$name" -c 'import venv, ensurepip' 2>/dev/null; \
				then python=$$name; break; else bare=$${bare:-$$name}; fi; \
			fi; \
			if [ "$$name" = "$(PYTHON)" ]; then break; fi; \
		done; \
		if [ -z "$$python" ] && [ -n "$$bare" ]; then \
			echo "$$("$$bare" --version) ($$bare) has no venv module." >&2; \
			echo "Install it and try again; Debian, Ubuntu: apt-get install python3-venv" >&2; exit 1; \
		elif [ -z "$$python" ]; then \
			echo "Python 3.11 or newer is needed; found: $$("$(or $(PYTHON),python3)" --version 2>/dev/null || echo none)" >&2; \
			echo "Install it (Debian, Ubuntu: apt-get install python3 python3-venv)" >&2; \
			echo "or say where it is: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; exit 1; \
		fi; \
		echo "Setting up .venv with $$("$$python" --version), once; this takes a minute"; \
		rm -rf .venv; mkdir .venv; : >.venv/unfinished; \
		"$$python" -m venv .venv; \
		pwd -P >.venv/place; \
	else \
		echo "Renewing .venv"; : >.venv/unfinished; \
	fi; \
	rm -f .venv/ready; \
	.venv/bin/python -m uv --version >/dev/null 2>&1 \
		|| .venv/bin/python -m pip install --quiet --disable-pip-version-check uv; \
	mirror=$${PIP_INDEX_URL:-$$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)}; \
	[ -z "$$mirror" ] || export UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$$mirror}"; \
	uv() { .venv/bin/python -m uv pip "$$@" --python .venv/bin/python; }; \
	[ -t 2 ] && progress= || progress=--quiet; \
	uv sync $$progress --compile-bytecode --require-hashes requirements.lock; \
	uv install --quiet --no-deps --no-build-isolation --editable .; \
	$(state) >.venv/ready; \
	rm -f .venv/unfinished

# Programs of the system: what isolates learners' code, and what some tests drive.
NEED = bubblewrap chromium fonts-noto-cjk postgresql
system:
	@[ "$$(uname)" = Linux ] || exit 0; \
	have() { \
		case $$1 in \
			bubblewrap) command -v bwrap;; \
			chromium) command -v chromium || command -v google-chrome;; \
			fonts-noto-cjk) [ -d /usr/share/fonts/opentype/noto ] || [ -n "$$(fc-list :lang=zh)" ];; \
			postgresql) command -v initdb || ls /usr/lib/postgresql/*/bin/initdb;; \
		esac >/dev/null 2>&1; \
	}; \
	set --; \
	for package in $(NEED); do have $$package || set -- "$$@" $$package; done; \
	[ $$# -gt 0 ] || exit 0; \
	apt="apt-get install -y --no-install-recommends"; \
	if [ "$$(id -u)" = 0 ]; then may=env; \
	elif sudo -n true 2>/dev/null; then may="sudo -n env"; else may=; fi; \
	if [ -n "$$may" ] && command -v apt-get >/dev/null; then \
		echo "Installing: $$*"; \
		$$may apt-get update -qq || true; \
		for package in "$$@"; do \
			$$may DEBIAN_FRONTEND=noninteractive $$apt -qq "$$package" >/dev/null && shift \
				|| { shift; set -- "$$@" "$$package"; }; \
		done; \
	fi; \
	[ $$# -eq 0 ] || echo "Missing: $$*. What needs it is left out. To install it: sudo $$apt $$*" >&2

workshop: setup
	@$(MAKE) --no-print-directory system NEED=bubblewrap
	@$(if $(language),DUECOURSE_LANGUAGE='$(language)' ).venv/bin/duecourse workshop$(if $(filter no,$(OPEN)), --no-open)

test: setup system
	.venv/bin/python -m ruff check
	.venv/bin/python -m ruff format --check
	.venv/bin/python -m mypy
	.venv/bin/python -m pytest --numprocesses 2 --dist loadfile $(PYTEST)

lock: setup
	.venv/bin/python -m uv pip compile --quiet $(UPGRADE) --universal --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --python-version 3.11 \
		--group grader --group dev pyproject.toml --output-file requirements.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
	rm -rf course/demonstration course/demonstration-zh
	find duecourse grader tests -type d -name __pycache__ -prune -exec rm -rf {} +
