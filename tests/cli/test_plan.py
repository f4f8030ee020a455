"""`plan DIR` and `rollout --dry-run`, as they are typed: they say what would be done, and do nothing."""

from typing import Any

import pytest

from .desk import Desk, Json
from .test_json import assert_as_documented

INNER = {
    "changes": "plan: changes",
    "points": "plan: points",
    "images": "plan: images",
    "things": "plan: things",
    "path": "plan: path",
    "unanswered": "plan: unanswered",
}


def count(number: int) -> Any:
    return lambda service: service | {"desiredCount": number}


def test_a_plan_of_what_changes_and_then_of_what_does_not(desk: Desk) -> None:
    changed = desk.type("plan", desk.deploy, "--detailed-exitcode")
    assert changed.code == 10
    assert "web in cluster demo (us-east-1) runs web:1. A rollout gives it a new revision." in changed.out
    assert "task definition: containerDefinitions[web].image\n" in changed.out
    assert changed.out.endswith("\nNothing was touched.\n")
    assert (desk.changes, desk.runs()) == ([], [])

    assert desk.rollout().code == 0
    same = desk.type("plan", desk.deploy, "--detailed-exitcode")
    assert same.code == 0
    assert "Changes:\n  none\n" in same.out
    assert "earlier runs" in same.out


def test_it_is_printed_as_documented(desk: Desk) -> None:
    done = desk.type("plan", desk.deploy, "--json", "--require-parity", "--alarm", "none")
    plan = done.json()

    assert done.code == 0
    assert_as_documented("plan", plan)
    assert plan["changed"] is True
    for key, heading in INNER.items():
        for each in plan[key]:
            assert_as_documented(heading, each)
    assert_as_documented("plan: way_back", plan["way_back"])
    assert_as_documented("plan: way_back images", plan["way_back"]["images"][0])
    assert plan["refusals"] == ["There is no alarm none."]


def test_a_rollout_that_is_only_tried_says_the_same_and_leaves_no_run(desk: Desk) -> None:
    desk.change(count(3), "service.json")
    planned = desk.type("plan", desk.deploy, "--bake", "5m")
    tried = desk.type("rollout", desk.deploy, "--bake", "5m", "--dry-run")

    assert (tried.code, tried.out) == (0, planned.out)
    assert "Differs from service.json, and is left as it is:\n    service: desiredCount\n" in tried.out
    assert (desk.changes, desk.runs()) == ([], [])


def test_what_would_be_refused_is_0_and_1_with_detailed_exitcode(desk: Desk) -> None:
    words = ("plan", desk.deploy, "--canary-instance-arn", "i-0123")

    assert desk.type(*words).code == 0
    done = desk.type(*words, "--detailed-exitcode")
    assert done.code == 1
    assert "It would be refused:\n  ✗ Service web runs on Fargate" in done.out
    assert desk.rollout("--canary-instance-arn", "i-0123").code == 1


def test_a_service_that_does_not_exist_names_the_verb_that_creates_it(desk: Desk) -> None:
    done = desk.type("plan", desk.deploy, "--service", "shop", "--detailed-exitcode")

    assert done.code == 1
    assert "shop in cluster demo (us-east-1) does not exist." in done.out
    assert f"`cage-fsm up {desk.deploy} --cluster demo --service shop` creates the service." in done.out
    assert desk.type("plan", desk.deploy, "--service", "shop", "--json").json()["exists"] is False
    elsewhere = desk.type("plan", desk.deploy, "--cluster", "prod")
    assert "There is no active cluster prod" in elsewhere.out
    assert "cage-fsm up" not in elsewhere.out


def test_what_cannot_be_told_is_no_plan_without_changes(desk: Desk) -> None:
    desk.cloud.fail_next("DescribeServices", "AccessDeniedException", times=9, message="It is not allowed.")
    done = desk.type("plan", desk.deploy, "--detailed-exitcode")

    assert done.code == 1
    assert "What web in cluster demo (us-east-1) runs cannot be told." in done.out
    assert "the service: not permitted to look. AccessDeniedException: It is not allowed." in done.out
    assert "  ✓ role arn:aws:iam::123456789012:role/ecsTaskExecutionRole\n" in done.out


@pytest.mark.parametrize("words", [["--bake", "soon"], ["--cluster", "[red]"], ["--probe", ""]])
def test_options_are_held_as_a_rollout_holds_them(desk: Desk, words: list[str]) -> None:
    assert desk.type("plan", desk.deploy, *words).code == desk.type("rollout", desk.deploy, *words).code == 2
    assert desk.cloud.calls == []


def test_parity_is_refused_by_the_rollout_as_the_plan_says(build: Any) -> None:
    def connected(service: Json) -> Json:
        gone = ("loadBalancers", "healthCheckGracePeriodSeconds")
        kept = {name: value for name, value in service.items() if name not in gone}
        return kept | {"serviceConnectConfiguration": {"enabled": True, "namespace": "shop"}}

    desk = build(connected)
    planned = desk.type("plan", desk.deploy)
    refused = desk.rollout("--require-parity")

    assert "The canary is not like a task of the service:\n  Service Connect: it has no proxy" in planned.out
    assert refused.code == 1
    assert "(Service Connect): it has no proxy" in refused.out
    assert desk.changes == []


def test_a_tag_that_is_new_comes_out_of_nothing(desk: Desk) -> None:
    desk.change(lambda service: {**service, "tags": [{"key": "team", "value": "web"}]}, "service.json")

    assert "service: tags[team]\n      nothing → " in desk.type("plan", desk.deploy, "--update-service").out
