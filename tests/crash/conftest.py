"""Counts what was played, and prints it as a table at the end: `make test-crash`."""

from collections import Counter, defaultdict
from collections.abc import Callable

import pytest

COLUMNS = ("points", "recoveries", "violations")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--point", help="play this one alone, as a failure names it: 17:after")


class Tally:
    """What one test has played of a story, and what came out wrong."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._node: pytest.Item = request.node
        self._only: str | None = request.config.getoption("--point", None)
        self._wrong: list[str] = []
        self._played = 0

    def play(self, label: str, what: str, wrong: Callable[[], list[str]]) -> None:
        """Play one case, unless another one alone is wanted; `label` is what it is wanted by."""
        if self._only in (None, label):
            self._played += 1
            self._wrong += [
                f"{what}: {each}\n    pytest '{self._node.nodeid}' --point {label}" for each in wrong()
            ]

    def close(self, story: str, points: int) -> None:
        """Tell the table, and fail if anything came out wrong."""
        counts = (points, self._played, len(self._wrong))
        self._node.user_properties.append((story, dict(zip(COLUMNS, counts, strict=True))))
        if self._wrong:
            pytest.fail("\n".join(self._wrong), pytrace=False)


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    return Tally(request)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Of the points of a story each test sees all, so they are not added up."""
    table: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for story, counts in report.user_properties if report.when == "call" else ():
            row, points = table[story], max(table[story]["points"], counts["points"])
            row.update(counts)
            row["points"] = points
    if not table:
        return
    table["in all"] = sum(table.values(), Counter())
    terminalreporter.section("deaths")
    terminalreporter.write_line("".join([f"{'story':20}", *(f"{name:>12}" for name in COLUMNS)]))
    for story, row in table.items():
        terminalreporter.write_line("".join([f"{story:20}", *(f"{row[name]:12}" for name in COLUMNS)]))
