"""How restarts of a container are seen and counted, and what they do to a verdict."""

from dataclasses import replace

import pytest

from cage_fsm.judge.restarts import Life, judge, live_on
from cage_fsm.judge.seen import ContainerSeen
from cage_fsm.judge.verdict import Verdict

APP = ContainerSeen("app", "RUNNING", "HEALTHY", None, "", "web:2", "sha256:2", runtime_id="a")
PASS = Verdict("pass", "containers_healthy", "Every health check passes.", {"task": "arn"})
FAIL = Verdict("fail", "task_stopped", "The canary stopped.")


@pytest.mark.parametrize(
    ("looks", "restarts"),
    [
        ([APP, APP], 0),
        ([replace(APP, last_status="PENDING", runtime_id=""), APP], 0),
        ([replace(APP, health="UNKNOWN"), APP, APP], 0),
        ([APP, replace(APP, health="UNHEALTHY"), APP], 0),
        ([APP, replace(APP, runtime_id="b")], 1),
        ([APP, replace(APP, runtime_id=""), APP], 0),
        ([APP, replace(APP, last_status="STOPPED", exit_code=1), replace(APP, exit_code=1)], 1),
        ([APP, replace(APP, last_status="PENDING"), replace(APP, runtime_id="b")], 1),
        ([APP, replace(APP, exit_code=1), replace(APP, exit_code=1)], 1),
        ([APP, replace(APP, health="UNKNOWN"), replace(APP, health="UNKNOWN"), APP], 1),
        ([APP, replace(APP, runtime_id="b"), replace(APP, runtime_id="c")], 2),
        ([APP, replace(APP, runtime_id="b"), APP, replace(APP, runtime_id="b")], 1),  # one stale answer
    ],
)
def test_a_restart_is_counted_however_it_shows(looks: list[ContainerSeen], restarts: int) -> None:
    life = None
    for look in looks:
        life = live_on(life, look)

    assert life
    assert life.restarts == restarts


@pytest.mark.parametrize(
    ("verdict", "before", "now", "says", "rule"),
    [
        (PASS, 0, 0, "pass", "containers_healthy"),
        (PASS, 0, 1, "wait", "container_restarted"),
        (PASS, 1, 1, "pass", "containers_healthy"),
        (PASS, 1, 2, "wait", "container_restarted"),
        (PASS, 2, 3, "fail", "container_restarting"),
        (FAIL, 2, 3, "fail", "task_stopped"),
    ],
)
def test_a_restart_begins_the_judgement_anew_and_the_third_one_fails_it(
    verdict: Verdict, before: int, now: int, says: str, rule: str
) -> None:
    lives = [{"app": Life("up", "a", None, count)} for count in (before, now)]
    found = judge(verdict, *lives)

    assert (found.says, found.rule) == (says, rule)
    assert found.seen.get("restarts") == ([f"app: {now}"] if now else None)
