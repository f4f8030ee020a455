"""A record that was changed by somebody else runs nothing, and an odd id finds nothing: 2, and no call."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cage_fsm.checkpoints import LocalStore

from .desk import Desk, Json

VERBS = (
    ("resume",),
    ("resume", "--approve"),
    ("rollback",),
    ("watch",),
    ("diagram", "--run"),
    ("show",),
)
READS_ON = {"unknown state": "show"}
"""What may still be shown: this version has no such state, but another one may have."""

MENDS = ("backup", "asks for no approval")
Tamper = Callable[[Json], Any]


def put(*path: str, value: Any) -> Tamper:
    def change(record: Json) -> Json:
        inner = record
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value
        return record

    return change


def nested(record: Json) -> str:
    return json.dumps(record)[:-1] + ', "facts": ' + "[" * 5000 + "]" * 5000 + "}"


TAMPERED: dict[str, Tamper] = {
    "another schema": put("schema_version", value=2),
    "an extra field": put("surprise", value=True),
    "unknown state": put("state", value="stopping_everything"),
    "a machine elsewhere": put("machine", value="../../etc/passwd"),
    "a machine in a file": put("machine", value="/tmp/evil.toml"),
    "a machine of no name": put("machine", value="rollout\n"),
    "another run": put("id", value="20200101-000000-000000"),
    "an id that leads elsewhere": put("id", value="../x"),
    "a claim elsewhere": put("claim", value="claims/../runs/x"),
    "a claim on another service": put("claim", value="claims/123456789012/us-east-1/default/other"),
    "an intent by another name": put("intents", "RunTask", "call", value="DeleteService"),
    "an endless duration": put("durations", "bake", value=float("inf")),
    "no duration": put("durations", "bake", value=float("nan")),
    "a negative duration": put("durations", "bake", value=-1),
    "a deadline that is no time": put("deadline", value=float("nan")),
    "a deadline after all times": put("deadline", value="9999-12-31T23:59:59Z"),
    "facts of another shape": put("facts", "task_arn", value=["a", "b"]),
    "facts that nobody knows": put("facts", "sudo", value=True),
    "no ARN": put("facts", "service_arn", value="web"),
    "inputs of another shape": put("inputs", "alarms", value="all"),
    "no list": put("history", value="long"),
    "deep nesting": nested,
    "absurd size": put("inputs", "directory", value="x" * 5_000_000),
    "no object": lambda _: [],
    "half of it": lambda record: json.dumps(record)[:300],
    "nothing": lambda _: "",
}


def test_a_tampered_record_runs_nothing(desk: Desk) -> None:
    assert desk.rollout("--approval").code == 75
    (run_id,) = (run["id"] for run in desk.runs())
    with LocalStore(desk.store) as store:
        good, version = store.load(f"runs/{run_id}")
    for name, tamper in TAMPERED.items():
        found = tamper(json.loads(good))
        with LocalStore(desk.store) as store:
            text = found if isinstance(found, str) else json.dumps(found)
            version = store.save(f"runs/{run_id}", text, version)
        calls = len(desk.cloud.calls)
        for verb in VERBS:
            done = desk.type(*verb, run_id)
            if READS_ON.get(name) == verb[0]:
                assert done.code == 0, (name, verb, done)
                continue
            assert done.code == 2, (name, verb, done)
            assert run_id in done.err, (name, verb, done.err)
            assert any(words in done.err for words in MENDS), (name, verb, done.err)
            assert "Traceback" not in done.err
            assert done.out == ""
        assert desk.type("runs").code == 0
        assert len(desk.cloud.calls) == calls, name
    with LocalStore(desk.store) as store:
        store.save(f"runs/{run_id}", good, version)
    assert desk.type("resume", run_id, "--refuse").code == 1


@pytest.mark.parametrize(
    "odd",
    [
        *(
            "../../x",
            "runs/*",
            "*",
            "../claims/x",
            "a\nb",
            "a\x1b]0;title\x07b",
            "a\x1b[31mb",
            "ünï\u202ecode",
        ),
        *("%", "' OR 1=1 --", "20260101-000000-000000/../x", "x" * 10000),
    ],
)
def test_an_odd_id_finds_nothing_and_commands_no_terminal(desk: Desk, odd: str) -> None:
    with LocalStore(desk.store) as store:
        store.create("runs/20260101-000000-000000", "not a record")
    for verb in VERBS:
        done = desk.type(*verb, odd)
        assert done.code == 2, (verb, done)
        assert not {"\x1b", "\x07", "\u202e"} & set(done.err)
    assert desk.cloud.calls == []
