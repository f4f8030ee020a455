"""What service.json says otherwise than the service is."""

from typing import Any

import pytest

from cage_fsm.deployfiles import Difference, service_differences
from tests.stories.kinds import DISK, KINDS, by, on_ec2, with_volume
from tests.stories.stage import Json, Stage, plain

CONNECT = {"enabled": True, "namespace": "shop", "services": [{"portName": "http"}]}
DESCRIBED: Json = {
    "serviceArn": "arn:aws:ecs:us-east-1:123456789012:service/demo/web",
    "roleArn": "arn:aws:iam::123456789012:role/ecsServiceRole",
    "desiredCount": 2,
    "platformVersion": "1.4.0",
    "capacityProviderStrategy": [
        {"capacityProvider": "FARGATE_SPOT", "weight": 2, "base": 0},
        {"capacityProvider": "FARGATE", "weight": 1, "base": 1},
    ],
    "propagateTags": "NONE",
    "networkConfiguration": {
        "awsvpcConfiguration": {
            "subnets": ["subnet-2", "subnet-1"],
            "securityGroups": [],
            "assignPublicIp": "DISABLED",
        }
    },
    "deploymentConfiguration": {
        "deploymentCircuitBreaker": {"enable": True, "rollback": True, "resetOnHealthyTask": True},
        "maximumPercent": 150,
        "minimumHealthyPercent": 100,
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
        "alarms": {"alarmNames": [], "enable": False, "rollback": False},
    },
    "placementStrategy": [{"type": "spread", "field": "instanceId"}, {"type": "binpack", "field": "MEMORY"}],
    "placementConstraints": [{"type": "memberOf", "expression": "b"}, {"type": "distinctInstance"}],
    "tags": [{"key": "team", "value": "shop"}, {"key": "aws:cloudformation:stack", "value": "x"}],
    "deployments": [
        {"status": "ACTIVE", "serviceConnectConfiguration": {"enabled": False}},
        {"status": "PRIMARY", "serviceConnectConfiguration": CONNECT, "volumeConfigurations": [DISK]},
    ],
}
WANTED: Json = {
    "cluster": "demo",
    "serviceName": "web",
    "taskDefinition": "web:9",
    "role": "ecsServiceRole",
    "platformVersion": "LATEST",
    "capacityProviderStrategy": [
        {"capacityProvider": "FARGATE", "weight": 1, "base": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 2},
    ],
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1", "subnet-2"]}},
    "deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
    "placementStrategy": [{"type": "spread", "field": "host"}, {"type": "binpack", "field": "memory"}],
    "placementConstraints": [{"type": "distinctInstance"}, {"type": "memberOf", "expression": "b"}],
    "healthCheckGracePeriodSeconds": 0,
    "availabilityZoneRebalancing": "DISABLED",
    "deploymentController": {"type": "ECS"},
    "schedulingStrategy": "REPLICA",
    "enableExecuteCommand": False,
    "serviceRegistries": [],
    "tags": [{"key": "team", "value": "shop"}],
    "serviceConnectConfiguration": CONNECT
    | {"services": [{"portName": "http", "discoveryName": "http", "clientAliases": []}]},
    "volumeConfigurations": [DISK],
}


def test_what_aws_describes_equals_what_was_asked_for() -> None:
    assert service_differences(DESCRIBED, WANTED) == []


def configured(**configuration: Any) -> Json:
    return {"deploymentConfiguration": configuration}


def connected(service: Json, **more: Any) -> Json:
    return {"serviceConnectConfiguration": {**CONNECT, "services": [{"portName": "http", **service}], **more}}


def mounted(**volume: Any) -> Json:
    disk = {"roleArn": "r", "sizeInGiB": 10, "volumeType": "gp3", **volume}
    return {"volumeConfigurations": [{"name": "v", "managedEBSVolume": disk}]}


BREAKER = {"enable": True, "rollback": True}
AS_EVER = {"resetOnHealthyTask": True, "thresholdConfiguration": {"type": "BOUNDED_PERCENT", "value": 50}}


@pytest.mark.parametrize(
    ("short", "long"),
    [
        (
            configured(deploymentCircuitBreaker=BREAKER),
            configured(deploymentCircuitBreaker=BREAKER | AS_EVER),
        ),
        (configured(), configured(earlySuccessCriteria={"enable": False})),
        (
            connected({"clientAliases": [{"port": 80}]}),
            connected({"discoveryName": "http", "clientAliases": [{"port": 80, "dnsName": "http.shop"}]}),
        ),
        (connected({}), connected({}, accessLogConfiguration={"includeQueryParameters": "DISABLED"})),
        (mounted(), mounted(iops=3000, throughput=125, filesystemType="xfs")),
        (
            {"loadBalancers": [{"targetGroupArn": "a", "containerPort": each} for each in (1, 2)]},
            {"loadBalancers": [{"containerPort": each, "targetGroupArn": "a"} for each in (2, 1)]},
        ),
    ],
)
def test_a_default_that_is_spelt_out_and_another_order_are_no_changes(short: Json, long: Json) -> None:
    def now(shown: Json) -> Json:
        return {**shown, "deployments": [{"status": "PRIMARY", **shown}]}

    assert service_differences(now(short), long) == service_differences(now(long), short) == []


def test_what_a_hook_is_told_is_not_shown() -> None:
    told = {"token": "swordfish", "more": ["swordfish"]}
    hook = {"hookTargetArn": "a", "roleArn": "r", "hookDetails": told}
    found = service_differences(configured(), configured(lifecycleHooks=[hook]))

    assert "deploymentConfiguration.lifecycleHooks[0].hookDetails.token" in {each.path for each in found}
    assert "swordfish" not in repr(found)


@pytest.mark.parametrize(
    ("wanted", "path", "old", "new"),
    [
        ({"desiredCount": 3}, "desiredCount", "2", "3"),
        ({"platformVersion": "1.3.0"}, "platformVersion", None, "1.3.0"),
        ({"tags": [{"key": "team", "value": "x"}]}, "tags[team]", "(a value)", "(another value)"),
        ({"tags": []}, "tags[team]", "(a value)", None),
        (
            {"deploymentConfiguration": {"maximumPercent": 200}},
            "deploymentConfiguration.maximumPercent",
            "150",
            None,
        ),
        ({"healthCheckGracePeriodSeconds": 10}, "healthCheckGracePeriodSeconds", None, "10"),
        ({"role": "other"}, "role", "ecsServiceRole", "other"),
        ({"launchType": "FARGATE"}, "launchType", None, "FARGATE"),
        (
            {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}},
            "networkConfiguration.awsvpcConfiguration.subnets",
            '["subnet-1", "subnet-2"]',
            '["subnet-1"]',
        ),
        (
            {"serviceConnectConfiguration": CONNECT | {"namespace": "other"}},
            "serviceConnectConfiguration.namespace",
            "shop",
            "other",
        ),
        (
            {"placementStrategy": [{"type": "spread", "field": "attribute:ecs.availability-zone"}]},
            "placementStrategy[0].field",
            "instanceId",
            "attribute:ecs.availability-zone",
        ),
    ],
)
def test_a_change_is_shown_by_its_path(wanted: Json, path: str, old: str | None, new: str | None) -> None:
    assert Difference(path, old, new) in service_differences(DESCRIBED, wanted)


def test_a_field_that_is_not_in_the_file_is_left_as_it_is() -> None:
    assert service_differences(DESCRIBED, {"cluster": "demo", "serviceName": "web"}) == []


def test_what_only_a_service_revision_shows_is_compared_with_it() -> None:
    revision = {"gatewayConnectors": [{"portName": "http"}], "networkConfiguration": {}}
    wanted = {"gatewayConnectors": [{"portName": "http"}]}

    assert service_differences(DESCRIBED, wanted, revision) == []
    assert service_differences(DESCRIBED, wanted) != []


OTHERS: dict[str, Any] = {
    "Service Connect": {"service": lambda service: service | {"serviceConnectConfiguration": CONNECT}},
    "a volume": {
        "service": lambda service: on_ec2(service) | {"volumeConfigurations": [DISK]},
        "definition": with_volume,
    },
    "tags": {
        "service": lambda service: service | {"tags": DESCRIBED["tags"][:1], "propagateTags": "SERVICE"}
    },
    "bases": {"service": by("FARGATE", "FARGATE_SPOT", desiredCount=0)},
    "without load balancer": {"service": plain},
}


@pytest.mark.parametrize("name", [*KINDS, *OTHERS])
def test_a_service_that_is_as_its_file_says_differs_in_nothing(name: str) -> None:
    stage = Stage(**(KINDS | OTHERS)[name])
    now = stage.aws.ecs.service("demo", "web")

    assert now
    assert service_differences(now, stage.files.service) == []
