"""Work that is worth a look: answers that agree beyond chance, and logs that look alike.

Nothing here is a verdict. Who finds something reads the work and talks with the people.
"""

from grader.similarity.evidence import answers, pairs
from grader.similarity.index import compare
from grader.similarity.looking import Look, Remark, look

__all__ = ["Look", "Remark", "answers", "compare", "look", "pairs"]
