"""Counts what was played, and prints it as a table at the end: `make test-crash`."""

from collections import Counter, defaultdict
from collections.abc import Callable

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--point", help="play this one alone, as a failure names it: 17:after")


class Tally:
    """What one test has played of a story, and what came out wrong."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._node: pytest.Item = request.node
        self._only: str | None = request.config.getoption("--point", None)
        self._at_once = request.config.getoption("maxfail") == 1
        self._wrong: list[str] = []
        self._played = 0
        self.harm = Counter[str]()
        """How often a call has done harm where that cannot be helped."""

    def play(self, label: str, what: str, wrong: Callable[[], list[str]]) -> None:
        """Play one case, unless another one alone is wanted; `label` is what it is wanted by."""
        if self._only in (None, label):
            self._played += 1
            self._wrong += [
                f"{what}: {each}\n    pytest '{self._node.nodeid}' --point {label}" for each in wrong()
            ]
        if self._wrong and self._at_once:  # --exitfirst
            self._fail()

    def close(self, story: str, points: int, part: str = "") -> None:
        """Tell the table, and fail if anything came out wrong. Points are those of one `part` of a story."""
        self._node.user_properties.append(
            (story, (part, points, self._played, len(self._wrong), {**self.harm}))
        )
        if self._wrong:
            self._fail()

    def _fail(self) -> None:
        pytest.fail("\n".join(self._wrong), pytrace=False)


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    return Tally(request)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    points: defaultdict[str, dict[str, int]] = defaultdict(dict)
    recoveries, violations, harm = Counter[str](), Counter[str](), Counter[str]()
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for story, (part, reached, played, wrong, late) in (
            report.user_properties if report.when == "call" else ()
        ):
            points[story][part] = reached
            recoveries[story] += played
            violations[story] += wrong
            harm.update(late)
    rows = [(story, sum(points[story].values()), recoveries[story], violations[story]) for story in points]
    if rows:
        terminalreporter.section("what was played")
        for row in [("story", "points", "recoveries", "violations"), *rows, _sum(rows)]:
            terminalreporter.write_line("{:36}{:>12}{:>12}{:>12}".format(*row))
        for call, times in harm.items():
            terminalreporter.write_line(f"{call} did harm {times} times, sent after the run was lost")


def _sum(rows: list[tuple[str, int, int, int]]) -> tuple[str, int, int, int]:
    _, *columns = zip(*rows, strict=True)
    points, recoveries, violations = (sum(column) for column in columns)
    return "in all", points, recoveries, violations
