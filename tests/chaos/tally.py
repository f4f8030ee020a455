"""What happened in all lanes together, and the report of it."""

import threading
from collections import Counter
from collections.abc import Iterator


class Tally:
    """Counts; every lane writes into it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, Counter[str]] = {}
        self.violations: list[str] = []

    def count(self, what: str, which: str) -> None:
        """One more of these."""
        with self._lock:
            self._counts.setdefault(what, Counter())[which] += 1

    def total(self, what: str) -> int:
        """How many there were, of whichever kind."""
        with self._lock:
            return self._counts.get(what, Counter()).total()

    def violation(self, words: str) -> None:
        """A promise was broken."""
        with self._lock:
            self.violations.append(words)
        print(f"VIOLATION {words}", flush=True)

    def lines(self) -> Iterator[str]:
        """The report: each count with its parts, the most frequent first."""
        for what, counter in self._counts.items():
            parts = ", ".join(f"{which} {number}" for which, number in counter.most_common())
            yield f"{what + ':':<28} {counter.total():>4}   {parts}"
        yield f"{'violations:':<28} {len(self.violations):>4}"
