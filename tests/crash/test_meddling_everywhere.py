"""Somebody else does each of these things in each state: it is seen and named, and never undone.

Whatever the moment, the run comes to an end that is right for it, and nothing of the canary is left.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from cage_fsm.engine.ports import Suspended
from cage_fsm.engine.record import RUNS
from tests.stories.stage import (
    GROUP,
    Stage,
    assert_nothing_is_left,
    without_breaker,
)

GOOD, BAD = "v2", "v2-bad-in-service"
BEFORE = ("registering", "launching_canary", "checking_containers", "checking_targets", "observing_canary")
AFTER = ("updating_service", "detaching_canary", "stopping_canary", "stabilizing_service")
BACK = ("rolling_back", "restoring_service")
WATCHED = [(state, "itself") for state in (*BEFORE, *AFTER, *BACK)]
RESUMED = [(states[-1], "a resume") for states in (BEFORE, AFTER, BACK)]
ABORTED, BY_AN_OPERATOR, DONE, BACK_AGAIN = {1}, {4}, {0}, {3}


def deploys(stage: Stage) -> None:
    theirs = stage.aws.ecs.register_task_definition(dict(stage.files.task_definition))
    stage.cloud.update_service("demo", "web", taskDefinition=theirs)


def stops_the_canary(stage: Stage) -> None:
    for task in stage.tasks():
        stage.cloud.stop_task(task.arn, "stopped by a colleague")


def deregisters_the_target(stage: Stage) -> None:
    for task in stage.tasks():
        stage.cloud.deregister(GROUP, task.interface.address, 8080)


def deletes_the_service_for_good(stage: Stage) -> None:
    stage.cloud.delete_service("demo", "web")
    stage.pass_time(minutes=3)
    stage.cloud.world.services.clear()


def removes_the_record(stage: Stage) -> None:
    (key,) = stage.store.list(RUNS)
    stage.store.delete(key, stage.store.load(key)[1])


@dataclass(frozen=True)
class Meddling:
    """What somebody does; in which states the run ends with which codes; what the reason then names.

    `stays`: what the service is at in the end, if it is not what the outcome says.
    """

    does: Callable[[Stage], object]
    names: str
    before: set[int]
    after: set[int]
    back: set[int]
    stays: str = ""


MEDDLING = {
    "stops the canary": Meddling(
        stops_the_canary, "stopped by a colleague|No canary", ABORTED | DONE, DONE, BACK_AGAIN
    ),
    "deregisters the target": Meddling(
        deregisters_the_target,
        "is being deregistered|is not registered any more",
        ABORTED | DONE,
        DONE,
        BACK_AGAIN,
    ),
    "deregisters our revision": Meddling(
        lambda stage: stage.cloud.deregister_revision("web:2"),
        "Somebody deregistered web:2",
        ABORTED,
        DONE,
        BACK_AGAIN,
    ),
    "deploys another revision": Meddling(deploys, "web:3", ABORTED, BY_AN_OPERATOR, BY_AN_OPERATOR, "web:3"),
    "forces a deployment": Meddling(
        lambda stage: stage.cloud.update_service("demo", "web", forceNewDeployment=True),
        "Somebody else deployed web:1",
        ABORTED,
        DONE,
        BACK_AGAIN,
    ),
    "takes the load balancer off": Meddling(
        lambda stage: stage.cloud.update_service("demo", "web", loadBalancers=[]),
        "Somebody else deployed web:1",
        ABORTED,
        DONE,
        BACK_AGAIN,
    ),
    "deletes the service": Meddling(
        lambda stage: stage.cloud.delete_service("demo", "web"),
        "The service is (DRAINING|INACTIVE): somebody deleted it",
        ABORTED,
        BY_AN_OPERATOR,
        BY_AN_OPERATOR,
    ),
    "deletes the service for good": Meddling(
        deletes_the_service_for_good,
        "The service is MISSING: somebody deleted it",
        ABORTED,
        BY_AN_OPERATOR,
        BY_AN_OPERATOR,
    ),
    "scales to zero": Meddling(
        lambda stage: stage.cloud.scale("demo", "web", 0), "scaled to zero", DONE, DONE, BACK_AGAIN
    ),
    "scales up": Meddling(lambda stage: stage.cloud.scale("demo", "web", 5), "", DONE, DONE, BACK_AGAIN),
    "deletes the target group": Meddling(
        lambda stage: stage.cloud.delete_target_group(GROUP),
        "TargetGroupNotFound|target group was deleted|Target group .* was deleted",
        ABORTED,
        BY_AN_OPERATOR,
        BY_AN_OPERATOR | BACK_AGAIN,
    ),
    "deletes the listener": Meddling(
        lambda stage: stage.cloud.unlink_target_group(GROUP),
        "no listener uses the target group|has no listener any more",
        ABORTED,
        BY_AN_OPERATOR,
        BY_AN_OPERATOR | BACK_AGAIN,
    ),
    "deletes the cluster": Meddling(
        lambda stage: stage.cloud.delete_cluster("demo"),
        "cluster was inactive|The service is INACTIVE|stopped by user|ECS has not shown",
        ABORTED,
        BY_AN_OPERATOR,
        BY_AN_OPERATOR,
    ),
    "deletes the cluster for good": Meddling(
        lambda stage: stage.cloud.delete_cluster("demo", forgotten=True),
        "ClusterNotFoundException|The service is MISSING",
        ABORTED,
        BY_AN_OPERATOR,
        BY_AN_OPERATOR,
    ),
}


def meddled(name: str, state: str, *, by: str) -> Stage:
    """A run in `state`, of a bad revision where it goes back, that ends `by` itself or a resume."""
    stage = Stage(BAD if state in BACK else GOOD, service=without_breaker, deregistration_delay=20)
    runner, run = stage.at(state)
    MEDDLING[name].does(stage)
    if by == "itself":
        stage.drive(runner, run)
    else:
        stage.pass_time(seconds=30)
        stage.resume(run.record.id)
    return stage


@pytest.mark.parametrize(("state", "by"), [*WATCHED, *RESUMED])
@pytest.mark.parametrize("name", MEDDLING)
def test_whatever_somebody_does_the_run_ends_right_and_says_so(name: str, state: str, by: str) -> None:
    meddling = MEDDLING[name]
    sent = 0 if state in BEFORE else 1
    stage = meddled(name, state, by=by)
    code = stage.outcome[1]

    assert code in (
        meddling.before if state in BEFORE else meddling.after if state in AFTER else meddling.back
    )
    said = " ".join(step.reason for step in stage.runs[0].history)
    if code in (1, 4) or meddling.names == "scaled to zero":
        assert re.search(meddling.names, said)
    assert stage.sent_to("web:2") == (sent or int(code == 0))
    assert all(not task.live for task in stage.tasks())
    assert len(stage.tasks()) <= 1
    assert not any(stage.facts.address and stage.facts.address in line for line in stage.left.left)
    if meddling.stays:
        assert stage.revision == meddling.stays
    if code != 4:
        assert stage.holders == []


@pytest.mark.parametrize("name", [name for name, each in MEDDLING.items() if 4 in each.after])
def test_an_operator_who_has_looked_lets_the_run_go_where_nothing_is_to_be_restored(name: str) -> None:
    stage = meddled(name, "stabilizing_service", by="itself")
    stage.resume(stage.runs[0].id)

    restorable = name in {"deletes the target group", "deletes the listener"}
    assert stage.outcome == (("needs_operator", 4) if restorable else ("rolled_back", 3))
    assert stage.holders == ([stage.runs[0].id] if restorable else [])


@pytest.mark.parametrize("state", [*BEFORE, *AFTER, *BACK])
def test_somebody_removes_the_record_and_the_canary_is_released_all_the_same(state: str) -> None:
    stage = Stage(BAD if state in BACK else GOOD, service=without_breaker, deregistration_delay=20)
    runner, run = stage.at(state)
    removes_the_record(stage)
    end = runner.drive(run)

    assert isinstance(end, Suspended)
    assert end.code == 4
    assert f"Run {run.record.id} was removed from the store" in end.why
    assert_nothing_is_left(stage)
