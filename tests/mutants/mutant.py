"""A mutant: one small change of one file, the invariant that it breaks, and the tests that should tell."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Mutant:
    """`old`, found exactly once in `file`, becomes `new`. `tests` have to tell."""

    name: str
    invariant: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def change(self, tree: Path) -> bool:
        """Change the file in `tree`; False when its text is not found exactly once: the mutant is stale."""
        file = tree / self.file
        text = file.read_text("utf-8")
        if text.count(self.old) != 1:
            return False
        file.write_text(text.replace(self.old, self.new), "utf-8")
        return True


def mutants() -> list[Mutant]:
    """All of them, as mutants.toml has them."""
    listed = tomllib.loads((HERE / "mutants.toml").read_text("utf-8"))["mutant"]
    return [Mutant(**(each | {"tests": tuple(each["tests"])})) for each in listed]
