"""validating, of a one-off task: where and as what it is to run, and what can be refused."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.ecs import NO_REVISION
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.deployfiles import DeployFiles, differences
from cage_fsm.engine.definition import Duration
from cage_fsm.engine.ports import Outcome
from cage_fsm.engine.run import Run
from cage_fsm.phases import refusals, revision
from cage_fsm.phases.base import Working
from cage_fsm.phases.claiming import SERVICE, found_service, identity, refuse, refused
from cage_fsm.phases.expiry import expiring, longest
from cage_fsm.phases.facts import Facts, Inputs, learn
from cage_fsm.phases.kinds import network_mode
from cage_fsm.phases.launch_request import as_described, launch_request, says_how_to_launch, tagged
from cage_fsm.phases.validate import DEFAULTS as OF_A_ROLLOUT

Json = Mapping[str, Any]

NO_LIMIT = 10 * 365 * 86400.0
"""Seconds: without --timeout a task may run as long as it likes; a state has a deadline all the same."""

DEFAULTS: Mapping[Duration, float] = {
    "launch": OF_A_ROLLOUT["launch"],
    "stop": OF_A_ROLLOUT["stop"],
    "task": NO_LIMIT,
}

CLEANUP_DENIED = (
    " Warning: ecs:StopTask seems not to be permitted; without it the task runs on when it is interrupted or "
    "its time is over. Allow it for the tasks of this cluster."
)


class ValidateTask(Working):
    """Takes no claim: a one-off task may run beside a rollout, and beside others."""

    def __init__(self, aws: Aws, files: DeployFiles | None) -> None:
        super().__init__(aws)
        self._files = files

    def poll(self, run: Run) -> Outcome:
        """Learn everything that later states need. Raises Refused."""
        files, inputs = revision.needed(self._files, run), Inputs.of(run.record)
        cluster = run.once("cluster", lambda: self._cluster(inputs.cluster))
        definition = revision.wanted(self.aws, run, files)
        service = run.once(SERVICE, lambda: self._service(files, inputs))
        launch = launch_request(service, definition)
        refuse([*revision.of_existing(definition, "", inputs), *_misfits(definition, launch, inputs)])
        self._take_what_stands(run, definition)
        denied = not run.once("may stop", partial(self.aws.ecs.may_stop, cluster["clusterArn"]))
        durations = {**DEFAULTS, **inputs.durations}
        if "task" in inputs.durations:
            launch = expiring(launch, definition, run.clock.now() + longest(durations, approval=False))
        learn(
            run,
            **_place(cluster, service),
            launch=launch,
            tagged=bool(tagged(service)),
            network_mode=network_mode(definition),
            cleanup_denied=denied,
        )
        run.save(durations=durations)
        where = f"as service {service['serviceName']}" if "serviceArn" in service else "as service.json says"
        return Outcome("done", f"The task is to run {where}.{CLEANUP_DENIED * denied}")

    def _cluster(self, name: str) -> Json:
        found = self.aws.ecs.cluster(name)
        if found is None or not found.get("clusterArn"):
            raise refused([f"There is no active cluster {name} ({self.aws.region})."])
        return found

    def _service(self, files: DeployFiles, inputs: Inputs) -> Json:
        """What says how to launch, as DescribeServices has it."""
        if says_how_to_launch(files.service):
            return as_described(files.service)
        return found_service(self.aws, inputs.cluster, inputs.service)

    def _take_what_stands(self, run: Run, definition: Json) -> None:
        """Take the newest revision of the family if it says the same: a job by the hour needs no other."""
        if Facts.of(run.record).task_definition:
            return
        newest = run.once("newest", lambda: self._newest(definition["family"]))
        if newest and _is_the_same(newest, definition):
            learn(
                run,
                task_definition=newest["taskDefinitionArn"],
                containers=revision.containers(newest),
            )

    def _newest(self, family: str) -> Json | None:
        try:
            return self.aws.ecs.task_definition(family)
        except AwsSaidNo as no:
            if no.code not in NO_REVISION:
                raise
            return None


def _is_the_same(newest: Json, definition: Json) -> bool:
    has_tags = all(tag in newest["tags"] for tag in definition.get("tags", []))
    return has_tags and newest.get("status", "ACTIVE") == "ACTIVE" and not differences(newest, definition)


def _place(cluster: Json, service: Json) -> dict[str, Any]:
    arn = cluster["clusterArn"]
    place = {"cluster_arn": arn, "cluster_name": arn.rpartition("/")[2], "region": arn.split(":")[3]}
    return identity(service) | place if "serviceArn" in service else place


def _misfits(definition: Json, launch: Json, inputs: Inputs) -> Iterator[str]:
    yield from refusals.of_command(definition, inputs.container)
    if network_mode(definition) == "awsvpc" and "networkConfiguration" not in launch:
        yield (
            "A task of network mode awsvpc needs a networkConfiguration, which service.json has not beside "
            "the other fields that say how to launch. Add it, or take them out to launch as the service does."
        )
