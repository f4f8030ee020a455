"""One line of the table that `make bench` prints."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """What was measured, in `unit`, and the most that it may be. `detail` is for people."""

    name: str
    value: float
    limit: float
    unit: str
    detail: str = ""

    @property
    def reached(self) -> bool:
        return self.value <= self.limit

    def row(self) -> str:
        """A row of a Markdown table."""
        found, most = (_words(number, self.unit) for number in (self.value, self.limit))
        return f"| {self.name} | {found} | ≤ {most} | {'yes' if self.reached else 'NO'} | {self.detail} |"


def _words(number: float, unit: str) -> str:
    digits = (
        f"{number:.0f}" if unit in ("calls", "MB") else f"{number:.3g}" if unit == "ms" else f"{number:.3f}"
    )
    return f"{digits} {unit}"
