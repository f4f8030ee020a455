"""`--update-service`: the service gets the fields and tags of service.json; a rollback takes them back."""

from typing import Any

import pytest

from cage_fsm.sandbox.ecs.service_view import shown
from tests.stories.kinds import DISK, PROVIDED, SECOND, with_volume
from tests.stories.stage import (
    Change,
    Json,
    Stage,
    assert_nothing_is_left,
    example,
    plain,
    without_breaker,
)

OTHER_SUBNET = "subnet-0a1b2c3d4e5f60009"
SERVICE_CONNECT = {
    "enabled": True,
    "namespace": "shop",
    "services": [{"portName": "http", "discoveryName": "web"}],
    "logConfiguration": {"logDriver": "splunk", "options": {"splunk-token": "planted-s3cr3t-0815"}},
}
SHOWN = (
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "desiredCount",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "launchType",
    "loadBalancers",
    "networkConfiguration",
    "placementConstraints",
    "platformVersion",
    "propagateTags",
    "serviceRegistries",
    "tags",
    "taskDefinition",
)
OF_DEPLOYMENTS = ("serviceConnectConfiguration", "volumeConfigurations")
TAGGED = [{"key": "team", "value": "shop"}, {"key": "tier", "value": "front"}]


def changing(was: Change, becomes: Change, tag: str = "v2", definition: Change = dict) -> Stage:
    """A stage with a service of one shape and files of another one."""
    return Stage(files=example(tag, becomes, definition), deployed=example(tag, was, definition))


def looks(stage: Stage) -> Json:
    """The service as ECS shows it, without what moves by itself; an absent field is an empty one."""
    found = shown(stage.cloud.world, stage.service, with_tags=True)
    primary = found["deployments"][0]
    whole = {name: found.get(name) or None for name in SHOWN}
    whole |= {name: primary.get(name) or None for name in OF_DEPLOYMENTS}
    whole["tags"] = sorted(found["tags"], key=lambda each: str(each["key"]))
    if not whole["loadBalancers"]:
        whole["healthCheckGracePeriodSeconds"] = None  # ECS takes none there
    if whole["serviceConnectConfiguration"] == {"enabled": False}:
        whole["serviceConnectConfiguration"] = None
    return whole


def having(**fields: Any) -> Change:
    return lambda service: service | fields


def moved(service: Json) -> Json:
    """In another network, behind another target group, and different in all that starts no deployment."""
    network = {"awsvpcConfiguration": {"subnets": [OTHER_SUBNET], "assignPublicIp": "ENABLED"}}
    balancer = {"targetGroupArn": SECOND, "containerName": "web", "containerPort": 8080}
    configuration = {"maximumPercent": 150, "minimumHealthyPercent": 50}
    return service | {
        "networkConfiguration": network,
        "loadBalancers": [balancer],
        "platformVersion": "1.4.0",
        "deploymentConfiguration": configuration,
        "healthCheckGracePeriodSeconds": 60,
        "propagateTags": "SERVICE",
        "enableECSManagedTags": True,
        "tags": [{"key": "team", "value": "other"}, {"key": "new", "value": "yes"}],
    }


def tagged(service: Json) -> Json:
    return without_breaker(service) | {"tags": TAGGED}


def test_the_service_gets_what_the_file_says_and_the_canary_runs_with_it_before() -> None:
    stage = changing(tagged, moved)
    stage.rollout(update_service=True)

    assert stage.outcome == ("succeeded", 0)
    now = looks(stage)
    assert now["taskDefinition"].endswith("/web:2")
    wanted = stage.files.service
    for name in ("networkConfiguration", "loadBalancers", "platformVersion", "propagateTags"):
        assert now[name] == wanted[name]
    assert now["healthCheckGracePeriodSeconds"] == 60
    assert now["deploymentConfiguration"]["maximumPercent"] == 150
    assert now["tags"] == [{"key": "new", "value": "yes"}, {"key": "team", "value": "other"}]
    assert stage.canary.interface.subnet == OTHER_SUBNET
    assert [target.group_arn for target in stage.facts.targets] == [SECOND]
    (run_task,) = stage.calls("RunTask")
    assert {"key": "team", "value": "other"} in run_task.params["tags"]
    assert "desiredCount" not in stage.calls("UpdateService")[0].params
    assert_nothing_is_left(stage)


def test_without_the_flag_nothing_but_the_revision_changes() -> None:
    stage = changing(tagged, moved)
    before = looks(stage)
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)
    assert looks(stage) | {"taskDefinition": ""} == before | {"taskDefinition": ""}
    assert stage.calls("TagResource") == []


UNDONE: dict[str, tuple[Change, Change, Change]] = {
    "all that the example has": (tagged, moved, dict),
    "a balancer taken away": (
        without_breaker,
        lambda s: plain(without_breaker(s)) | {"loadBalancers": []},
        dict,
    ),
    "a balancer given": (lambda s: plain(without_breaker(s)), moved, dict),
    "lists emptied": (
        lambda s: (
            tagged(s) | {"serviceRegistries": [{"registryArn": "arn:aws:servicediscovery:r:1:service/x"}]}
        ),
        having(serviceRegistries=[], tags=[]),
        dict,
    ),
    "Service Connect given": (without_breaker, having(serviceConnectConfiguration=SERVICE_CONNECT), dict),
    "Service Connect taken away": (
        lambda s: without_breaker(s) | {"serviceConnectConfiguration": SERVICE_CONNECT},
        having(serviceConnectConfiguration={"enabled": False}),
        dict,
    ),
    "a volume changed": (
        lambda s: without_breaker(s) | {"volumeConfigurations": [DISK]},
        having(
            volumeConfigurations=[DISK | {"managedEBSVolume": DISK["managedEBSVolume"] | {"sizeInGiB": 40}}]
        ),
        with_volume,
    ),
    "a strategy given": (
        without_breaker,
        lambda s: (
            {k: v for k, v in s.items() if k not in PROVIDED}
            | {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}
        ),
        dict,
    ),
}


@pytest.mark.parametrize("name", UNDONE)
def test_a_deployment_that_fails_is_taken_back_with_all_that_came_with_it(name: str) -> None:
    was, becomes, definition = UNDONE[name]
    stage = changing(was, becomes, "v2-bad-in-service", definition=definition)
    before = looks(stage)
    stage.rollout(update_service=True)

    assert stage.outcome == ("rolled_back", 3)
    assert looks(stage) == before
    assert_nothing_is_left(stage)
    assert "planted-s3cr3t" not in "".join(write.text for write in stage.store.writes)


@pytest.mark.parametrize("name", UNDONE)
def test_a_rollout_that_succeeded_is_undone_elsewhere_with_all_that_came_with_it(name: str) -> None:
    was, becomes, definition = UNDONE[name]
    stage = changing(was, becomes, definition=definition)
    before = looks(stage)
    stage.rollout(update_service=True)

    assert stage.outcome == ("succeeded", 0)
    assert stage.record
    assert looks(stage) | {"taskDefinition": ""} != before | {"taskDefinition": ""}

    stage.host = "elsewhere"
    stage.pass_time(seconds=1)
    stage.drive(*stage.undo(stage.record))

    assert stage.outcome == ("rolled_back", 0)
    assert looks(stage) == before
    assert_nothing_is_left(stage)
    assert "planted-s3cr3t" not in "".join(write.text for write in stage.store.writes)
