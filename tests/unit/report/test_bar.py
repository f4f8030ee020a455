import pytest
from pydantic import JsonValue

from cage_fsm.report.bar import Counts, bar, counts
from cage_fsm.report.terminal import ASCII


def test_the_evidence_on_a_deployment_has_its_counts() -> None:
    evidence: dict[str, JsonValue] = {"desired": 4, "running": 2, "failed": 1, "running_of_others": 3}
    assert counts(evidence) == Counts(4, 2, 1, 3)


@pytest.mark.parametrize(
    "evidence",
    [
        {},
        {"targets": ["10.0.1.7:8080 is healthy"]},
        {"desired": 4},
        {"desired": 0, "running": 0},
        {"desired": "4", "running": None},
    ],
)
def test_other_evidence_has_none(evidence: dict[str, JsonValue]) -> None:
    assert counts(evidence) is None


@pytest.mark.parametrize(("running", "full"), [(0, 0), (1, 6), (2, 13), (3, 20), (5, 20)])
def test_the_bar_is_full_when_every_desired_task_runs(running: int, full: int) -> None:
    assert bar(Counts(3, running, 9), ASCII).plain.partition(" ")[0] == "#" * full + "x" * (20 - full)
    assert bar(Counts(3, running), ASCII).plain.partition(" ")[0] == "#" * full + "-" * (20 - full)
