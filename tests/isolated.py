"""Whether learners' code can be isolated on this machine."""

import pytest

from grader.kernels import jail

needs_isolation = pytest.mark.skipif(bool(jail.missing()), reason=jail.missing() or "isolated")
