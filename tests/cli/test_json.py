"""What `--json` prints, held against docs/json.md."""

import json
import re
from pathlib import Path
from typing import Any

from cage_fsm.data import data

from .desk import Desk

DOCUMENT = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")
TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "number": (int, float),
    "object": dict,
    "list": list,
    "null": type(None),
}


def documented(heading: str) -> dict[str, str]:
    """The keys in the table below `heading`, each with its type."""
    (section,) = re.findall(rf"^## {heading}$(.*?)(?=^## |\Z)", DOCUMENT, re.MULTILINE | re.DOTALL)
    return dict(re.findall(r"^\| `(\w+)` \| ([a-z ]+) \|", section, re.MULTILINE))


def assert_as_documented(heading: str, found: dict[str, Any]) -> None:
    keys = documented(heading)
    assert set(found) == set(keys)
    for key, kind in keys.items():
        assert any(isinstance(found[key], TYPES[each]) for each in kind.split(" or ")), (key, found[key])


def test_what_is_printed_is_what_is_documented(desk: Desk) -> None:
    done = desk.rollout("--json")
    events = [json.loads(line) for line in done.out.splitlines()]
    (run,) = desk.runs()
    desk.tag("v3-crash")
    failed = desk.rollout("--json")
    watched = [json.loads(line) for line in desk.type("watch", run["id"], "--json").out.splitlines()]

    assert (done.code, failed.code) == (0, 1)
    for event in [*events, *map(json.loads, failed.out.splitlines()), *watched]:
        assert_as_documented("Events: rollout, run, resume, rollback, watch", event)
        assert event["kind"] in ("moved", "seen", "finished")
    for each in desk.runs():
        assert_as_documented("runs", each)
        shown = desk.type("show", each["id"], "--json").json()
        assert_as_documented("show", shown)
        assert set(shown["drivers"][0]) == {"at", "user", "host", "pid"}
        assert set(shown["history"][0]) == {"at", "source", "trigger", "to", "reason"}
        assert set(shown["evidence"][0]) == {"at", "state", "trigger", "reason", "seen"}
    swept = desk.type("sweep", "--json").json()
    assert_as_documented("sweep", swept)
    assert_as_documented("sweep: findings", swept["findings"][0])
    for each in desk.type("verify", "--json").json():
        assert_as_documented("verify", each)
    assert_as_documented("diagram", desk.type("diagram", "--json").json())
    change = desk.type("diagram", "--diff", data("states/rollout.toml"), "rollback", "--json").json()
    assert_as_documented("diagram --diff", change)
    assert set(change["changes"][0]) == {"state", "lines"}
    assert set(desk.type("runs", "--prune", "9d", "--json").json()) == {"removed"}


def test_the_counts_of_the_deployment_are_in_the_evidence(desk: Desk) -> None:
    desk.cloud.world.timings.settled = 100
    done = desk.rollout("--json")
    counted = [
        event["evidence"]
        for event in map(json.loads, done.out.splitlines())
        if event["kind"] == "seen" and "desired" in event["evidence"]
    ]
    assert counted
    assert {"desired", "running", "failed", "running_of_others"} <= set(counted[0])


def test_the_same_moves_are_told_by_the_driver_and_by_a_watch(desk: Desk) -> None:
    done = desk.rollout("--json")
    watched = desk.type("watch", "last", "--json")

    assert moves(watched.out) == moves(done.out)


def moves(out: str) -> list[dict[str, Any]]:
    """The moves without their time, which the engine takes twice: to save it, and to tell it."""
    events = [json.loads(line) for line in out.splitlines()]
    return [{**event, "at": None} for event in events if event["kind"] == "moved"]
