"""What a rollout would change."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from cage_fsm.deployfiles import Difference, differences

INPUT: dict[str, Any] = {
    "family": "web",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE", "EC2"],
    "cpu": ".25 vCPU",
    "memory": "1 GB",
    "tags": [{"key": "team", "value": "a"}],
    "containerDefinitions": [
        {
            "name": "web",
            "image": "web:1",
            "portMappings": [{"containerPort": 8080}],
            "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
            "secrets": [{"name": "S", "valueFrom": "arn:s"}, {"name": "T", "valueFrom": "arn:t"}],
            "healthCheck": {"command": ["CMD", "true"]},
            "mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}],
        },
        {"name": "log", "image": "log:1", "essential": False},
    ],
    "volumes": [{"name": "v"}],
}

DESCRIBED: dict[str, Any] = {
    "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:7",
    "revision": 7,
    "status": "ACTIVE",
    "registeredAt": object(),
    "compatibilities": ["EC2", "FARGATE"],
    "requiresAttributes": [{"name": "x"}],
    "family": "web",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["EC2", "FARGATE"],
    "cpu": "256",
    "memory": "1024",
    "enableFaultInjection": False,
    "placementConstraints": [],
    "containerDefinitions": [
        {
            "name": "log",
            "image": "log:1",
            "cpu": 0,
            "essential": False,
            "portMappings": [],
            "environment": [],
            "mountPoints": [],
            "volumesFrom": [],
            "systemControls": [],
        },
        {
            "name": "web",
            "image": "web:1",
            "cpu": 0,
            "essential": True,
            "portMappings": [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}],
            "environment": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
            "secrets": [{"name": "T", "valueFrom": "arn:t"}, {"name": "S", "valueFrom": "arn:s"}],
            "healthCheck": {"command": ["CMD", "true"], "interval": 30, "timeout": 5, "retries": 3},
            "mountPoints": [{"sourceVolume": "v", "containerPath": "/v", "readOnly": False}],
            "volumesFrom": [],
        },
    ],
    "volumes": [{"name": "v", "host": {}}],
}


def leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for step in value if isinstance(value, dict) else range(len(value)):
            yield from leaves(value[step], (*place, step))
    else:
        yield place


def one(container: dict[str, Any], **top: Any) -> dict[str, Any]:
    return {"family": "web", "containerDefinitions": [{"name": "web", "image": "web:1", **container}], **top}


def test_what_aws_describes_equals_what_was_registered() -> None:
    assert differences(DESCRIBED, INPUT) == differences(INPUT, DESCRIBED) == []


def limited(**linux: Any) -> dict[str, Any]:
    return one({"linuxParameters": linux})


def shared(**volume: Any) -> dict[str, Any]:
    return one({}, volumes=[{"name": "v", **volume}])


@pytest.mark.parametrize(
    ("short", "long"),
    [
        (one({}), one({}, networkMode="bridge")),
        (one({}), one({"privileged": False, "readonlyRootFilesystem": False, "disableNetworking": False})),
        (one({}), one({"interactive": False, "pseudoTerminal": False, "restartPolicy": {"enabled": False}})),
        (
            one({"restartPolicy": {"enabled": True, "ignoredExitCodes": [1, 0]}}),
            one(
                {"restartPolicy": {"enabled": True, "ignoredExitCodes": [0, 1], "restartAttemptPeriod": 300}}
            ),
        ),
        (one({}), limited(initProcessEnabled=False, capabilities={"add": [], "drop": []})),
        (limited(capabilities={"add": ["A", "B"]}), limited(capabilities={"add": ["B", "A"]})),
        (limited(maxSwap=1), limited(maxSwap=1, swappiness=60)),
        (
            limited(devices=[{"hostPath": "/a"}, {"hostPath": "/b"}]),
            limited(
                devices=[{"hostPath": "/b"}, {"hostPath": "/a", "permissions": ["read", "write", "mknod"]}]
            ),
        ),
        (
            limited(tmpfs=[{"containerPath": "/a", "size": 1}, {"containerPath": "/b", "size": 2}]),
            limited(tmpfs=[{"containerPath": "/b", "size": 2}, {"containerPath": "/a", "size": 1}]),
        ),
        (one({"links": ["a", "b"]}), one({"links": ["b", "a"]})),
        (one({"dockerSecurityOptions": ["a", "b"]}), one({"dockerSecurityOptions": ["b", "a"]})),
        (
            one({"portMappings": [{"containerPort": 53}, {"containerPort": 53, "protocol": "udp"}]}),
            one({"portMappings": [{"protocol": "udp", "containerPort": 53}, {"containerPort": 53}]}),
        ),
        (
            one({}, placementConstraints=[{"expression": "a"}, {"expression": "b"}]),
            one({}, placementConstraints=[{"expression": "b"}, {"expression": "a"}]),
        ),
        (
            shared(efsVolumeConfiguration={"fileSystemId": "fs"}),
            shared(efsVolumeConfiguration={"fileSystemId": "fs", "authorizationConfig": {"iam": "DISABLED"}}),
        ),
        (
            shared(dockerVolumeConfiguration={"driver": "local"}),
            shared(dockerVolumeConfiguration={"driver": "local", "scope": "task", "autoprovision": False}),
        ),
        (shared(), shared(host={}, configuredAtLaunch=False)),
        (
            one({}, proxyConfiguration={"containerName": "web"}),
            one({}, proxyConfiguration={"containerName": "web", "type": "APPMESH"}),
        ),
    ],
)
def test_a_default_that_is_spelt_out_and_another_order_are_no_changes(short: Any, long: Any) -> None:
    assert differences(short, long) == differences(long, short) == []


@pytest.mark.parametrize("place", [place for place in leaves(INPUT) if place[0] != "tags"], ids=repr)
def test_no_change_of_any_field_is_missed(place: tuple[Any, ...]) -> None:
    changed = inner = copy.deepcopy(INPUT)
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = "something else"

    assert differences(INPUT, changed) != []


def test_a_pair_with_a_third_field_keeps_it() -> None:
    old = one({"resourceRequirements": [{"type": "GPU", "value": "1"}]})
    new = one({"resourceRequirements": [{"type": "GPU", "value": "1", "share": "half"}]})

    assert Difference(
        "containerDefinitions[web].resourceRequirements[GPU].share", None, "half"
    ) in differences(old, new)


@pytest.mark.parametrize(
    ("old", "new", "path", "before", "after"),
    [
        (one({}), one({"image": "web:2"}), "containerDefinitions[web].image", "web:1", "web:2"),
        (one({}), one({"cpu": 10}), "containerDefinitions[web].cpu", None, "10"),
        (one({"essential": False}), one({}), "containerDefinitions[web].essential", "false", None),
        (one({}, cpu="256"), one({}, cpu="0.5 vCPU"), "cpu", "256", "512"),
        (one({}, memory="0.5GB"), one({}, memory="513"), "memory", "512", "513"),
        (
            one({}, requiresCompatibilities=["EC2"]),
            one({}, requiresCompatibilities=["FARGATE", "EC2"]),
            "requiresCompatibilities",
            '["EC2"]',
            '["EC2", "FARGATE"]',
        ),
        (
            one({"portMappings": [{"containerPort": 80}]}, networkMode="bridge"),
            one({"portMappings": [{"containerPort": 80, "hostPort": 80}]}, networkMode="bridge"),
            "containerDefinitions[web].portMappings[80].hostPort",
            None,
            "80",
        ),
        (
            one({"secrets": [{"name": "S", "valueFrom": "arn:1"}]}),
            one({"secrets": [{"name": "S", "valueFrom": "arn:2"}]}),
            "containerDefinitions[web].secrets[S]",
            "arn:1",
            "arn:2",
        ),
        (
            one({}, placementConstraints=[{"type": "memberOf", "expression": "a"}]),
            one({}, placementConstraints=[{"type": "memberOf", "expression": "b"}]),
            "placementConstraints[0].expression",
            "a",
            "b",
        ),
    ],
)
def test_a_change_is_shown_by_its_path(
    old: Any, new: Any, path: str, before: str | None, after: str | None
) -> None:
    assert differences(old, new) == [Difference(path, before, after)]


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ("1", "2", "(a value)", "(another value)"),
        (None, "2", None, "(a value)"),
        ("1", None, "(a value)", None),
    ],
)
def test_values_of_the_environment_are_never_shown(
    old: str | None, new: str | None, before: str | None, after: str | None
) -> None:
    def environment(value: str | None) -> dict[str, Any]:
        return one({"environment": [] if value is None else [{"name": "A", "value": value}]})

    expected = [Difference("containerDefinitions[web].environment[A]", before, after)]

    assert expected == differences(environment(old), environment(new))


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        ("command", ["run", "--password=a"], ["run", "--password=b"]),
        ("entryPoint", ["a"], ["b"]),
        ("dockerLabels", {"token": "a"}, {"token": "b"}),
        (
            "logConfiguration",
            {"logDriver": "splunk", "options": {"splunk-token": "a"}},
            {"logDriver": "splunk", "options": {"splunk-token": "b"}},
        ),
        ("healthCheck", {"command": ["CMD", "curl", "-u", "a"]}, {"command": ["CMD", "curl", "-u", "b"]}),
    ],
)
def test_other_places_where_people_put_secrets_are_hidden_too(field: str, old: Any, new: Any) -> None:
    (difference,) = differences(one({field: old}), one({field: new}))

    assert (difference.old, difference.new) == ("(a value)", "(another value)")


def test_an_empty_value_differs_from_no_value() -> None:
    (difference,) = differences(one({}), one({"environment": [{"name": "A", "value": ""}]}))

    assert difference.path == "containerDefinitions[web].environment[A]"


def test_an_added_container_shows_its_fields() -> None:
    new = one({})
    new["containerDefinitions"].append({"name": "log", "image": "log:1", "cpu": 0})

    assert differences(one({}), new) == [
        Difference("containerDefinitions[log].image", None, "log:1"),
        Difference("containerDefinitions[log].name", None, "log"),
    ]


def test_a_name_that_is_there_twice_hides_nothing() -> None:
    old = one({"environment": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]})
    new = one({"environment": [{"name": "A", "value": "3"}, {"name": "A", "value": "2"}]})
    expected = [Difference("containerDefinitions[web].environment[0].value", "(a value)", "(another value)")]

    assert expected == differences(old, new)
    assert differences(old, old) == []


def test_the_same_port_by_tcp_and_by_udp_is_kept_apart() -> None:
    both = one({"portMappings": [{"containerPort": 53}, {"containerPort": 53, "protocol": "udp"}]})
    tcp = one({"portMappings": [{"containerPort": 53}]})

    assert differences(both, both) == []
    assert differences(both, tcp) != []
