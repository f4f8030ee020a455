"""A sandbox in a process of its own, and a witness who asks AWS about its service with plain boto3."""

import os
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3

from tests.chaos.machine import LONGEST_SECONDS, PROGRAM

SPEED = 30
"""A stopped task is described for an hour: two minutes at this speed."""

CANARY, ONE_OFF = "cage:canary-task:", "cage:one-off-task:"
"""How the groups of the tasks begin that a run starts."""

LOOK_EVERY_SECONDS = 3
AT_ONCE = 100
"""DescribeTasks takes so many tasks (API reference)."""


class Sandbox:
    """`cage-fsm sandbox` with the service of a directory."""

    def __init__(self, deploy: Path) -> None:
        command = ["timeout", str(LONGEST_SECONDS), *PROGRAM, "sandbox", "--speed", str(SPEED)]
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CAGE_"))}
        self._process = subprocess.Popen(
            [*command, "--deploy", str(deploy)],
            env=plain,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self.env = dict(self._exports())

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()

    def _exports(self) -> Iterator[tuple[str, str]]:
        assert self._process.stdout
        for line in self._process.stdout:
            if not line.startswith("export "):
                return
            name, _, value = line.removeprefix("export ").strip().partition("=")
            yield name, value


class Witness:
    """Remembers every task of a service that was ever there, and says what is there now."""

    def __init__(self, env: Mapping[str, str], cluster: str, service: str) -> None:
        session = boto3.Session("witness", "witness", region_name=env["AWS_REGION"])
        self._ecs = session.client("ecs", endpoint_url=env["AWS_ENDPOINT_URL"])
        self._elb = session.client("elbv2", endpoint_url=env["AWS_ENDPOINT_URL"])
        self._cluster, self._service = cluster, service
        self._tasks: dict[str, Any] = {}
        self.most_at_once = 0
        self._over, self._looking = threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look away."""
        self._over.set()
        self._thread.join()

    def left(self) -> list[str]:
        """The canaries and one-off tasks that ECS wants to run."""
        with self._looking:
            running = self._list("RUNNING")
            self._describe({*running, *self._list("STOPPED")})
            found = [arn for arn in running if self._is(arn, CANARY) or self._is(arn, ONE_OFF)]
        self.most_at_once = max(self.most_at_once, sum(self._is(arn, CANARY) for arn in found))
        return found

    def started_by(self, run_id: str, group: str) -> list[str]:
        """Every task of a group that a run has ever started."""
        self.left()
        ours = f"cage-fsm/{run_id}"
        return [
            arn
            for arn, task in self._tasks.items()
            if str(task.get("startedBy")).startswith(ours) and self._is(arn, group)
        ]

    def revision(self) -> str:
        """The revision that the service is sent to."""
        return str(self._described()["taskDefinition"])

    def is_active(self, revision: str) -> bool:
        """Whether a revision may still be used."""
        found = self._ecs.describe_task_definition(taskDefinition=revision)["taskDefinition"]
        return bool(found["status"] == "ACTIVE")

    def ghosts(self) -> list[str]:
        """Targets that are registered, not on their way out, and held by no running task of the service."""
        groups = [each["targetGroupArn"] for each in self._described().get("loadBalancers", [])]
        held = set(self._held())
        return [
            f"{each['Target']['Id']}:{each['Target']['Port']} is {each['TargetHealth']['State']}"
            for group in groups
            for each in self._elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
            if each["TargetHealth"]["State"] != "draining"
            and not {each["Target"]["Id"], (each["Target"]["Id"], each["Target"]["Port"])} & held
        ]

    def _held(self) -> Iterator[str | tuple[str, int]]:
        """Addresses of the service's tasks, and hosts with the port there."""
        arns = self._ecs.list_tasks(cluster=self._cluster, serviceName=self._service)["taskArns"]
        for task in self._ecs.describe_tasks(cluster=self._cluster, tasks=arns)["tasks"] if arns else []:
            for detail in (each for part in task.get("attachments", []) for each in part["details"]):
                if detail["name"] == "privateIPv4Address":
                    yield detail["value"]
            bindings = [each for part in task["containers"] for each in part.get("networkBindings", [])]
            host = self._host(task["containerInstanceArn"]) if bindings else ""
            yield from ((host, each["hostPort"]) for each in bindings)

    def _host(self, arn: str) -> str:
        found = self._ecs.describe_container_instances(cluster=self._cluster, containerInstances=[arn])
        return str(found["containerInstances"][0]["ec2InstanceId"])

    def _described(self) -> dict[str, Any]:
        found = self._ecs.describe_services(cluster=self._cluster, services=[self._service])
        return dict(found["services"][0])

    def _watch(self) -> None:
        while not self._over.wait(LOOK_EVERY_SECONDS):
            self.left()

    def _list(self, status: str) -> list[str]:
        pages = self._ecs.get_paginator("list_tasks").paginate(cluster=self._cluster, desiredStatus=status)
        return [arn for page in pages for arn in page["taskArns"]]

    def _describe(self, arns: Iterable[str]) -> None:
        new = sorted(set(arns) - self._tasks.keys())
        for start in range(0, len(new), AT_ONCE):
            some = new[start : start + AT_ONCE]
            for task in self._ecs.describe_tasks(cluster=self._cluster, tasks=some)["tasks"]:
                self._tasks[task["taskArn"]] = task

    def _is(self, arn: str, group: str) -> bool:
        return str(self._tasks.get(arn, {}).get("group", "")).startswith(group)
