"""Secrets are planted wherever one can stand, AWS repeats them all, and nothing kept or shown has one."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pytest

from cage_fsm.engine.ports import Outcome
from cage_fsm.engine.record import Record
from cage_fsm.report import runs as runs_report
from cage_fsm.report.approval import approval_lines, asks
from cage_fsm.report.diagram.dot import dot
from cage_fsm.report.diagram.drawing import scene
from cage_fsm.report.diagram.mermaid import page
from cage_fsm.report.diagram.of_run import run_overlay
from cage_fsm.report.failure import failure_lines
from cage_fsm.report.jsonl import JsonLines
from cage_fsm.report.lines import Lines
from cage_fsm.report.live import LivePath
from cage_fsm.report.timeline import as_json, lines
from cage_fsm.sandbox import Call, Proceed, Response
from tests.stories.stage import ROLLOUT, FakeProbe, Json, Stage

PLANTED = {
    "of a name that says it": "planted-alpha-0xC0FFEE",
    "of a name that does not": "planted-beta, with spaces",
    "in a URL": "planted-gamma-pass",
    "of a command": "planted-delta-77",
    "after a flag": "planted-epsilon-88",
    "of a label": "planted-zeta-value",
    "of a log option": "planted-eta-value",
    "of a tag of the revision": "planted-theta-value",
    "of a tag of the service": "planted-iota-value",
    "of a reference": "plantedKAPPA0secretText",
    "of several lines": "planted-lambda-1\nplanted-lambda-2",
    "with quotes": 'planted-mu "quoted" value',
    "of a proxy": "planted-nu-option-value",
    "of a health check": "planted-xi-99",
}
MARKS = sorted({value[:10] for value in PLANTED.values()})
"""Not even the beginning of one may be seen."""
NEEDED = ("web", "8080", "production", "us-east-1")
"""Values of variables that every message needs."""


def with_secrets(definition: Json) -> Json:
    (web,) = definition["containerDefinitions"]
    web["environment"] += [
        {"name": "DATABASE_PASSWORD", "value": PLANTED["of a name that says it"]},
        {"name": "GREETING", "value": PLANTED["of a name that does not"]},
        {"name": "DATABASE", "value": f"postgres://app:{PLANTED['in a URL']}@db:5432/app"},
        {"name": "CERTIFICATE", "value": PLANTED["of several lines"]},
        {"name": "MOTTO", "value": PLANTED["with quotes"]},
        *({"name": f"N{number}", "value": value} for number, value in enumerate(NEEDED)),
    ]
    web["command"] = ["serve", f"--token={PLANTED['of a command']}", "--api-key", PLANTED["after a flag"]]
    web["dockerLabels"] = {"note": PLANTED["of a label"]}
    web["logConfiguration"]["options"]["tag"] = PLANTED["of a log option"]
    web["logConfiguration"]["secretOptions"] = [{"name": "t", "valueFrom": PLANTED["of a reference"]}]
    web["healthCheck"]["command"] = [
        "CMD-SHELL",
        f"curl -H 'X-Api-Token: {PLANTED['of a health check']}' :8080",
    ]
    properties = [{"name": "p", "value": PLANTED["of a proxy"]}]
    definition["proxyConfiguration"] = {"containerName": "web", "properties": properties}
    definition["tags"] = [{"key": "note", "value": PLANTED["of a tag of the revision"]}]
    return definition


def with_tags(service: Json) -> Json:
    tags = [{"key": "note", "value": PLANTED["of a tag of the service"]}]
    return service | {"propagateTags": "SERVICE", "tags": tags}


class Leaky(Stage):
    """A stage where whatever speaks repeats every secret, and says what is needed as well."""

    def __init__(self, tag: str = "v2", **more: Any) -> None:
        self.said = f"{json.dumps(PLANTED)} {PLANTED!r} {' '.join(PLANTED.values())} {' '.join(NEEDED)}"
        super().__init__(tag, service=with_tags, definition=with_secrets, around=self._leak, **more)

    def start_probe(self, command: Sequence[str], settings: Mapping[str, str | None]) -> FakeProbe:
        probe = super().start_probe(command, settings)
        probe.output = self.said
        return probe

    def run_of(self, run_id: str) -> Record:
        return next(each for each in self.runs if each.id == run_id)

    def _leak(self, call: Call, proceed: Proceed) -> Response:
        if call.operation == "GetLogEvents":
            for streams in self.cloud.world.logs.values():
                for stream in streams.values():
                    stream.append((self.clock.now().timestamp(), self.said))
        return proceed()


def stopped(stage: Leaky) -> None:
    runner, run = stage.at("observing_canary")
    stage.cloud.stop_task(stage.canary.arn, f"Somebody said {stage.said}")
    stage.drive(runner, run)


def refused_call(operation: str) -> Callable[[Leaky], None]:
    def tell(stage: Leaky) -> None:
        stage.cloud.fail_next(operation, "ClientException", message=f"Not this: {stage.said}")
        stage.rollout()

    return tell


def unanswered(stage: Leaky) -> None:
    stage.cloud.fail_next("DescribeTasks", "ServerException", times=2, message=stage.said)
    stage.cloud.fail_next("DescribeServices", "ExpiredTokenException", message=stage.said)
    stage.rollout()
    stage.resume(stage.runs[0].id)


def approved(stage: Leaky) -> None:
    stage.rollout(approval=True, probe="exit 0")
    shown(stage)
    stage.answer(stage.runs[0].id)


def undone(stage: Leaky) -> None:
    _, run = stage.at("stabilizing_service")
    stage.resume(run.record.id, Outcome("abort", "a rollback was asked for", cause="rollback"))


STORIES: dict[str, tuple[str, Callable[[Leaky], Any]]] = {
    "success": ("v2", lambda stage: stage.rollout()),
    "crash": ("v2-crash", lambda stage: stage.rollout()),
    "unhealthy target": ("v2-unhealthy-target", lambda stage: stage.rollout()),
    "bad in service": ("v2-bad-in-service", lambda stage: stage.rollout()),
    "probe fails": ("v2", lambda stage: stage.rollout(probe="exit 3")),
    "stopped by hand": ("v2", stopped),
    "approval": ("v2", approved),
    "rollback": ("v2", undone),
    "expired credentials": ("v2", unanswered),
    **{
        f"{call} refused": ("v2", refused_call(call))
        for call in (
            *(
                "RegisterTaskDefinition",
                "RunTask",
                "RegisterTargets",
                "UpdateService",
                "DescribeTaskDefinition",
            ),
            *("DeregisterTargets", "StopTask"),
        )
    },
}


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def shown(stage: Leaky) -> str:
    """All that was written: the store, the events, and what every reader makes of them."""
    now, stream, terminal = stage.clock.now(), io.StringIO(), Terminal()
    for record in stage.runs:
        for reader in (
            JsonLines(stream, record.id),
            Lines(stream),
            LivePath(terminal, ROLLOUT, partial(stage.run_of, record.id), stage.clock.now),
        ):
            for event in stage.events:
                reader(event)
            reader.close()
        drawn = scene(ROLLOUT, run_overlay(ROLLOUT, record, now))
        told = [*lines(record, now, (), ROLLOUT), *failure_lines(record, definition=ROLLOUT)]
        told += [page(drawn), dot(drawn)]
        told += approval_lines(record, None) if asks(record) else []
        told += [*runs_report.lines([record], now), json.dumps(runs_report.as_json([record]))]
        stream.write("\n".join([*told, json.dumps(as_json(record, ROLLOUT))]))
    kept = "\n".join(write.text for write in stage.store.writes)
    heard = "\n".join(f"{event.words} {json.dumps(dict(event.evidence))}" for event in stage.events)
    everything = f"{kept}\n{heard}\n{stream.getvalue()}\n{terminal.getvalue()}"
    assert [mark for mark in MARKS if mark in everything] == []
    return everything


@pytest.mark.parametrize("story", STORIES)
def test_nothing_that_is_kept_or_shown_holds_a_planted_secret(story: str) -> None:
    tag, play = STORIES[story]
    stage = Leaky(tag)
    play(stage)

    assert all(mark in stage.said for mark in MARKS)
    assert shown(stage)
    assert stage.runs[0].final
    assert stage.left.left == ()


def test_what_everybody_needs_to_read_stays() -> None:
    stage = Leaky()
    stage.cloud.fail_next("RegisterTaskDefinition", "ClientException", message=f"Not this: {stage.said}")
    stage.rollout()

    assert " ".join(NEEDED) in stage.reason


def test_the_canary_has_the_tags_of_the_service_all_the_same() -> None:
    stage = Leaky()
    stage.rollout()
    (call,) = stage.calls("RunTask")

    assert {"key": "note", "value": PLANTED["of a tag of the service"]} in call.params["tags"]
