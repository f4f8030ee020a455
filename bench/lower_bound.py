"""The fastest rollout there could be: the same steps, looked at every 50 ms, with no safety at all."""

from collections.abc import Callable
from typing import Any

from cage_fsm.deployfiles import DeployFiles
from cage_fsm.phases.launch_request import launch_request
from tests.stories.stage import Stage

LOOK_SECONDS = 0.05
BAKE_SECONDS = 10.0


def lower_bound(stage: Stage) -> float:
    """Roll the stage's files out; returns the seconds that it took. Virtual time."""
    began = stage.clock.now()
    _Hasty(stage, stage.aws.ecs._client, stage.aws.elbv2._client).rollout(stage.files)
    return (stage.clock.now() - began).total_seconds()


class _Hasty:
    def __init__(self, stage: Stage, ecs: Any, elbv2: Any) -> None:
        self._clock, self._ecs, self._elbv2 = stage.clock, ecs, elbv2

    def rollout(self, files: DeployFiles) -> None:
        """One canary in the service's first target group, then the service."""
        where = {"cluster": files.cluster, "service": files.service_name}
        service = self._service(where)
        group = service["loadBalancers"][0]
        revision = self._ecs.register_task_definition(**files.task_definition)["taskDefinition"]
        canary = self._ecs.run_task(
            **launch_request(service, files.task_definition),
            cluster=files.cluster,
            taskDefinition=revision["taskDefinitionArn"],
            group=f"cage:canary-task:{files.service_name}",
        )["tasks"][0]["taskArn"]
        self._until(lambda: self._task(files.cluster, canary).get("lastStatus") == "RUNNING")
        self._until(lambda: self._task(files.cluster, canary).get("healthStatus") == "HEALTHY")
        interface = self._task(files.cluster, canary)["containers"][0]["networkInterfaces"][0]
        targets = [{"Id": interface["privateIpv4Address"], "Port": group["containerPort"]}]
        wanted = {"TargetGroupArn": group["targetGroupArn"], "Targets": targets}
        self._elbv2.register_targets(**wanted)
        self._until(lambda: self._health(wanted)["State"] == "healthy")
        self._clock.sleep(BAKE_SECONDS)
        self._ecs.update_service(**where, taskDefinition=revision["taskDefinitionArn"])
        self._elbv2.deregister_targets(**wanted)
        self._until(lambda: self._health(wanted).get("Reason") == "Target.NotRegistered")
        self._ecs.stop_task(cluster=files.cluster, task=canary)
        self._until(lambda: self._service(where)["deployments"][0]["rolloutState"] == "COMPLETED")

    def _until(self, happened: Callable[[], bool]) -> None:
        while not happened():
            self._clock.sleep(LOOK_SECONDS)

    def _service(self, where: dict[str, Any]) -> Any:
        return self._ecs.describe_services(cluster=where["cluster"], services=[where["service"]])["services"][
            0
        ]

    def _task(self, cluster: str | None, arn: str) -> Any:
        found = self._ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"]
        return found[0] if found else {}

    def _health(self, wanted: dict[str, Any]) -> Any:
        return self._elbv2.describe_target_health(**wanted)["TargetHealthDescriptions"][0]["TargetHealth"]
