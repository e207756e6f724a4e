"""The instructor's package: everything that knows an answer or touches a gradebook."""

import sys

# jsonschema would build a grammar of internationalised addresses at its import, which takes longer
# than all else that grading imports together; no notebook's schema asks for one.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
