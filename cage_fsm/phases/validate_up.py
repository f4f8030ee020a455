"""validating a creation: the name is free and claimed, and everything that the files name is there."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from cage_fsm.aws.clients import Aws
from cage_fsm.deployfiles import DeployFiles
from cage_fsm.engine.ports import Outcome
from cage_fsm.engine.run import Run
from cage_fsm.phases import missing, refusals, revision
from cage_fsm.phases.answered import drain_of
from cage_fsm.phases.base import Working
from cage_fsm.phases.claiming import active_cluster, identity, refuse
from cage_fsm.phases.facts import Facts, Inputs, learn
from cage_fsm.phases.validate import DEFAULTS

Json = Mapping[str, Any]


class ValidateUp(Working):
    """Needs the deploy files: CreateService takes everything from service.json."""

    def __init__(self, aws: Aws, files: DeployFiles | None) -> None:
        super().__init__(aws)
        self._files = files

    def poll(self, run: Run) -> Outcome:
        """Claim the name and learn what later states need. Raises Refused."""
        inputs, files = Inputs.of(run.record), revision.needed(self._files, run)
        definition = revision.wanted(self.aws, run, files)
        service = self._service(run, inputs, files)
        run.claim(service["serviceArn"], service["clusterArn"])
        refuse(list(self._in_the_way(service, inputs, files)))
        groups, not_there = missing.target_groups(self.aws, run, service)
        refuse(
            [
                *refusals.of_creation(service),
                *not_there,
                *revision.of_existing(definition, "", inputs),
                *refusals.of_definition(service, definition, groups),
            ]
        )
        refuse(list(missing.roles_and_networks(self.aws, run, service, definition)))
        facts = learn(run, **identity(service))
        drain = max((drain_of(self.aws, run, each.arn) for each in groups), default=0)
        run.save(durations={**DEFAULTS, "drain": drain, **inputs.durations})
        return self._read(facts)

    def _service(self, run: Run, inputs: Inputs, files: DeployFiles) -> Json:
        """The service to be, as the files have it, with the names that AWS will give it."""
        found = run.once("cluster", lambda: active_cluster(self.aws, inputs.cluster))
        cluster = found["clusterArn"]
        name = inputs.service.rpartition("/")[2]
        place, _, in_cluster = cluster.rpartition(":cluster/")
        arn = f"{place}:service/{in_cluster}/{name}"
        return {**files.service, "serviceName": name, "clusterArn": cluster, "serviceArn": arn}

    def _in_the_way(self, service: Json, inputs: Inputs, files: DeployFiles) -> Iterator[str]:
        name, cluster = service["serviceName"], service["clusterArn"].rpartition("/")[2]
        found = self.aws.ecs.service(service["clusterArn"], name) or {"status": "MISSING"}
        where = f"Service {name} in cluster {cluster} ({self.aws.region})"
        if found.get("status") == "DRAINING":
            yield (
                f"{where} is DRAINING: it is on its way out, and its name is free once it is INACTIVE. Wait "
                f"for that with `aws ecs wait services-inactive --cluster {cluster} --services {name}`, then "
                f"type `{_typed('up', inputs, files)}` again."
            )
        elif found.get("status") not in ("MISSING", "INACTIVE"):
            again = _typed("rollout", inputs, files)
            yield f"{where} exists already; send a new revision to it with `{again}`."

    def _read(self, facts: Facts) -> Outcome:
        return Outcome("done", f"{facts.service_name} is free in cluster {facts.cluster_name}.")


def _typed(verb: str, inputs: Inputs, files: DeployFiles) -> str:
    """A command for the same service: its files, and what flags said instead of them."""
    words = ["cage-fsm", verb, inputs.directory or "DIR"]
    if inputs.cluster != (files.cluster or "default"):
        words += ["--cluster", inputs.cluster]
    if inputs.service != files.service_name:
        words += ["--service", inputs.service]
    return shlex.join(words)
