"""Each rule on a probe, by how it ended."""

import pytest

from cage_fsm.judge.probe import passed
from cage_fsm.judge.seen import ProbeSeen


@pytest.mark.parametrize(
    ("seconds", "exit_code", "says", "rule"),
    [
        (0, None, "wait", "probe_passed"),
        (29.9, None, "wait", "probe_passed"),
        (30, None, "fail", "probe_timed_out"),
        (30, 0, "pass", "probe_passed"),
        (1, 0, "pass", "probe_passed"),
        (1, 1, "fail", "probe_failed"),
        (1, -15, "fail", "probe_failed"),
    ],
)
def test_a_probe_is_judged_by_its_exit_code_and_its_time(
    seconds: float, exit_code: int | None, says: str, rule: str
) -> None:
    verdict = passed(ProbeSeen(seconds, exit_code, "one\ntwo"), 30)

    assert (verdict.says, verdict.rule) == (says, rule)
    assert says != "fail" or verdict.reason.endswith("It said last: two")
