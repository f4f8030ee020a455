"""Where in a machine file a state or a key stands, so that every complaint names its line."""

import re
from dataclasses import dataclass, field
from pathlib import Path

_HEADER = re.compile(r"\[state\.([\w-]+)(\.on)?\]")
_KEY = re.compile(r"([\w.-]+)=")
_LAYOUT = re.compile(r"[\s\"']")


@dataclass(frozen=True)
class Place:
    """A line of a file; `key` is what to mend there, as it is written in the file."""

    file: Path
    line: int
    state: str | None = None
    key: str | None = None

    def __str__(self) -> str:
        words = [f"[state.{self.state}]"] if self.state else []
        words += [self.key] if self.key else []
        return ": ".join([f"{self.file}:{self.line}", *([" ".join(words)] if words else [])])


@dataclass(frozen=True)
class Source:
    """The text of a machine file, indexed by state and key."""

    file: Path
    text: str
    _lines: dict[tuple[str | None, str | None], int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        state: str | None = None
        section = ""
        for number, line in enumerate(self.text.split("\n"), start=1):
            compact = _LAYOUT.sub("", line)
            if header := _HEADER.match(compact):
                state, section = header[1], "on." if header[2] else ""
                self._lines.setdefault((state, None), number)
            elif key := _KEY.match(compact):
                self._lines.setdefault((state, section + key[1]), number)

    def most(self, characters: str) -> Place:
        """The line with the most of `characters`."""
        lines = self.text.split("\n")
        counts = [sum(map(line.count, characters)) for line in lines]
        return Place(self.file, counts.index(max(counts)) + 1)

    def place(self, state: str | None = None, key: str | None = None) -> Place:
        """The line of `key` in the section of `state`, or else of the section, or else the first."""
        for wanted in ((state, key), (state, None), (None, key)):
            if wanted in self._lines:
                return Place(self.file, self._lines[wanted], state, key)
        return Place(self.file, 1, state, key)
