#!/bin/sh
# Sets the course up once, in .venv beside this file, looks whether all is well, and opens it.
# With the word "check" it does not open it; other words are passed on to JupyterLab.
set -eu
cd "$(dirname "$0")"

wheel=$(echo wheels/duecourse-*.whl)
state="$PWD @state@"
if [ "$(cat .venv/ready 2>/dev/null || true)" != "$state" ]; then
    python=
    for name in python3.13 python3.12 python3.11 python3 python; do
        if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
        then python=$name; break; fi
    done
    if [ -z "$python" ]; then
        echo "@needs@" >&2
        exit 1
    fi
    echo "@once@"
    "$python" -m venv --clear .venv
    install() {
        .venv/bin/python -m pip install --quiet --disable-pip-version-check \
            --find-links wheels --constraint constraints.txt "$@" "$wheel"
    }
    # Libraries that lie in wheels/ need no network.
    install --no-index >/dev/null 2>&1 || install
    printf '%s' "$state" >.venv/ready
fi
.venv/bin/python -m duecourse.cli doctor
[ "${1:-}" != check ] || exit 0
export JUPYTERLAB_SETTINGS_DIR="$PWD/settings"
exec .venv/bin/python -m jupyterlab --ServerApp.root_dir=. \
    --LabApp.default_url=/lab/tree/notebooks/00-start-here.ipynb "$@"
