"""The house that the stories of the sandbox take place in."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from cage_fsm.sandbox import Cloud

EXAMPLE = Path(__file__).parents[2] / "examples" / "web"
ONE_ATTEMPT = Config(retries={"total_max_attempts": 1})
SESSION = boto3.Session(aws_access_key_id="sandbox", aws_secret_access_key="sandbox", region_name="us-east-1")


class VirtualClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


def service_json(**changes: Any) -> dict[str, Any]:
    document = json.loads((EXAMPLE / "service.json").read_text()) | changes
    return {key: value for key, value in document.items() if value is not None}


def task_definition(tag: str = "v2", **changes: Any) -> dict[str, Any]:
    text = (EXAMPLE / "task-definition.json").read_text().replace("${IMAGE_TAG}", tag)
    document: dict[str, Any] = json.loads(text)
    return document | changes


@dataclass
class House:
    """One cloud, its clock, and what a client of it does most."""

    cloud: Cloud
    clock: VirtualClock
    ecs: Any
    elb: Any
    service: dict[str, Any]

    @property
    def group(self) -> str:
        return str(self.service["loadBalancers"][0]["targetGroupArn"])

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def register(self, tag: str = "v2", **changes: Any) -> str:
        answer = self.ecs.register_task_definition(**task_definition(tag, **changes))
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def run(self, definition: str, **changes: Any) -> dict[str, Any]:
        request = {
            "cluster": "demo",
            "taskDefinition": definition,
            "launchType": "FARGATE",
            "networkConfiguration": self.service["networkConfiguration"],
            "startedBy": "cage-fsm/1",
            "group": "cage:canary-task:web",
        }
        answer: dict[str, Any] = self.ecs.run_task(**request | changes)
        return answer

    def canary(self, tag: str = "v2") -> str:
        return str(self.run(self.register(tag))["tasks"][0]["taskArn"])

    def task(self, arn: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ecs.describe_tasks(cluster="demo", tasks=[arn])["tasks"][0]
        return found

    def address(self, arn: str) -> str:
        return str(self.task(arn)["containers"][0]["networkInterfaces"][0]["privateIpv4Address"])

    def target(self, address: str) -> dict[str, str]:
        answer = self.elb.describe_target_health(
            TargetGroupArn=self.group, Targets=[{"Id": address, "Port": 8080}]
        )
        found: dict[str, str] = answer["TargetHealthDescriptions"][0]["TargetHealth"]
        return found

    def enroll(self, address: str) -> None:
        self.elb.register_targets(TargetGroupArn=self.group, Targets=[{"Id": address, "Port": 8080}])

    def dismiss(self, address: str) -> None:
        self.elb.deregister_targets(TargetGroupArn=self.group, Targets=[{"Id": address, "Port": 8080}])

    def update(self, **changes: Any) -> dict[str, Any]:
        answer = self.ecs.update_service(cluster="demo", service="web", **changes)
        found: dict[str, Any] = answer["service"]
        return found

    def web(self) -> dict[str, Any]:
        answer = self.ecs.describe_services(cluster="demo", services=["web"])
        found: dict[str, Any] = answer["services"][0]
        return found

    def rollout(self) -> dict[str, Any]:
        """The newest service deployment."""
        brief = self.ecs.list_service_deployments(cluster="demo", service="web")["serviceDeployments"][0]
        answer = self.ecs.describe_service_deployments(serviceDeploymentArns=[brief["serviceDeploymentArn"]])
        found: dict[str, Any] = answer["serviceDeployments"][0]
        return found

    def service_tasks(self, desired: str = "RUNNING") -> list[str]:
        answer = self.ecs.list_tasks(cluster="demo", serviceName="web", desiredStatus=desired)
        found: list[str] = answer["taskArns"]
        return found
