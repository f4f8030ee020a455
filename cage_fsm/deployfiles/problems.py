"""What is wrong with a deploy file: one sentence each, all of them at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing to mend. The text never holds what a variable expanded to."""

    file: str
    text: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        where = (self.file, self.line, self.column)
        end = "" if self.text.endswith("?") else "."
        return ":".join(str(part) for part in where if part is not None) + f": {self.text}{end}"


class DeployFileError(Exception):
    """The deploy files cannot be used as they are; one line per problem."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def refuse(problems: Iterable[Problem]) -> None:
    """Raise all the problems there are, in reading order, or do nothing when there are none."""
    if found := sorted(problems, key=lambda problem: (problem.file, problem.line or 0)):
        raise DeployFileError(found)
