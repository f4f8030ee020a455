"""cage-fsm rollout --update-service: the service becomes what service.json says, and can be taken back."""

import os
import pty
import subprocess

import pytest

from .desk import PROGRAM, Desk, Json, read_until
from .test_processes import assert_one_canary_is_over, watched

BOTH = ("--update-service", "--update-desired-count")


def other(service: Json) -> Json:
    """With what is seen of it from outside."""
    return service | {
        "desiredCount": 3,
        "deploymentConfiguration": {"maximumPercent": 150},
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-0a1b2c3d4e5f60002"]}},
        "tags": [{"key": "team", "value": "shop"}],
    }


def seen(desk: Desk) -> tuple[int, int, int, Json]:
    service = desk.service
    network = service.settings["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
    tags = desk.cloud.world.tags[service.arn]
    return service.desired, service.configuration["maximumPercent"], len(network), dict(tags)


@pytest.fixture
def changed(desk: Desk) -> Desk:
    """A desk whose service.json says something else than its service."""
    desk.change(other, "service.json")
    return desk


def test_it_changes_with_the_rollout_and_goes_back_with_its_rollback(changed: Desk) -> None:
    before = seen(changed)
    done = changed.rollout(*BOTH)

    assert done.code == 0
    assert changed.revision == "web:2"
    assert seen(changed) == (3, 150, 1, {"team": "shop"})

    undone = changed.type("rollback", "last")
    assert undone.code == 0
    assert "web goes back to web:1, and to its earlier deploymentConfiguration, networkConf" in undone.out
    assert changed.revision == "web:1"
    assert seen(changed) == before == (2, 200, 2, {})


def test_without_the_flags_it_stays_as_it_is(changed: Desk) -> None:
    before = seen(changed)

    assert changed.rollout().code == 0
    assert seen(changed) == before


def test_what_changes_is_shown_before_the_question(changed: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    monkeypatch.setenv("TERM", "dumb")
    command = [*PROGRAM, "rollout", str(changed.deploy), *BOTH]
    child = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    asked = read_until(ours, "Go on?")
    os.write(ours, b"n\n")
    read_until(ours, "Nothing was done.")
    code = child.wait(20)
    os.close(ours)

    assert code == 1
    assert "And the service changes:" in asked
    assert "deploymentConfiguration.maximumPercent: nothing -> 150" in asked
    assert "desiredCount: 2 -> 3" in asked
    assert changed.changes == []


def test_a_resume_without_the_files_gives_the_canary_up_and_says_how_to_give_them(changed: Desk) -> None:
    watched(changed, *BOTH, bake="60").kill()
    changed.deploy.rename(changed.place / "moved")
    done = changed.type("resume", "last")

    assert done.code == 1
    assert "The deploy files are needed until the service is updated" in done.out
    assert changed.revision == "web:1"
    assert_one_canary_is_over(changed)


def test_an_approval_needs_the_files_and_without_them_the_canary_stays(changed: Desk) -> None:
    assert changed.rollout(*BOTH, "--approval=1h").code == 75
    changed.deploy.rename(changed.place / "moved")
    asks = changed.type("resume", "last", "--approve")
    again = changed.type("resume", "last")
    done = changed.type("resume", "last", changed.place / "moved", "--approve")

    assert (asks.code, again.code, done.code) == (2, 75, 0)
    assert "cage-fsm resume" in asks.err
    assert changed.revision == "web:2"
    assert seen(changed)[0] == 3


def test_a_count_that_the_file_does_not_have_is_a_matter_of_usage(changed: Desk) -> None:
    changed.change(lambda service: {k: v for k, v in service.items() if k != "desiredCount"}, "service.json")
    done = changed.rollout("--update-desired-count")

    assert done.code == 2
    assert "--update-desired-count needs `desiredCount` in service.json." in done.err
    assert changed.cloud.calls == []
