"""Tasks of several containers: dependencies, essential and other ones, restarts."""

import copy
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import Build
from .house import House, service_json, task_definition

Json = dict[str, Any]
WEB = task_definition()["containerDefinitions"][0]
IMAGE = WEB["image"].rpartition(":")[0]


def _side(name: str, tag: str = "v2", **changes: Any) -> Json:
    """A container that is not essential and has neither ports nor a health check."""
    side: Json = {"name": name, "image": f"{IMAGE}:{tag}", "essential": False}
    side["logConfiguration"] = WEB["logConfiguration"]
    return side | changes


def _web(tag: str = "v2", *needs: str, **changes: Any) -> Json:
    """The web container; `needs` are like `migrate SUCCESS`."""
    pairs = (need.split() for need in needs)
    depends = [{"containerName": name, "condition": condition} for name, condition in pairs]
    web: Json = copy.deepcopy(WEB) | {"image": f"{IMAGE}:{tag}", "dependsOn": depends}
    return web | changes


def _start(house: House, *containers: Json) -> str:
    definition = house.register(containerDefinitions=list(containers))
    return str(house.run(definition)["tasks"][0]["taskArn"])


def _seen(house: House, arn: str) -> dict[str, str]:
    task = house.task(arn)
    return {"task": task["lastStatus"]} | {each["name"]: each["lastStatus"] for each in task["containers"]}


def test_a_migration_runs_to_its_end_before_the_rest_starts(house: House) -> None:
    arn = _start(house, _web("v2", "migrate SUCCESS"), _side("migrate"))
    house.wait(21)
    assert _seen(house, arn) == {"task": "ACTIVATING", "web": "PENDING", "migrate": "RUNNING"}
    house.wait(1)
    task = house.task(arn)

    assert _seen(house, arn) == {"task": "RUNNING", "web": "RUNNING", "migrate": "STOPPED"}
    assert [each.get("exitCode") for each in task["containers"]] == [None, 0]
    house.wait(5)
    assert house.task(arn)["healthStatus"] == "HEALTHY"


def test_a_migration_that_fails_ends_the_task(house: House) -> None:
    arn = _start(house, _web("v2", "migrate SUCCESS"), _side("migrate", "crash"))
    house.wait(40)
    task = house.task(arn)

    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"] == (
        "failed to resolve container ordering dependency [migrate] for target [web] "
        "as dependency did not exit successfully."
    )
    assert [each.get("exitCode") for each in task["containers"]] == [None, 1]


def test_complete_does_not_mind_the_exit_code(house: House) -> None:
    arn = _start(house, _web("v2", "migrate COMPLETE"), _side("migrate", "crash"))
    house.wait(30)

    assert _seen(house, arn) == {"task": "RUNNING", "web": "RUNNING", "migrate": "STOPPED"}


def test_healthy_waits_for_the_health_check(house: House) -> None:
    proxy = _side("proxy", healthCheck=WEB["healthCheck"])
    arn = _start(house, _web("v2", "proxy HEALTHY"), proxy)
    house.wait(24)
    assert _seen(house, arn) == {"task": "ACTIVATING", "web": "PENDING", "proxy": "RUNNING"}
    house.wait(1)

    assert _seen(house, arn)["task"] == "RUNNING"


def test_a_dependency_that_is_never_healthy_ends_the_task(house: House) -> None:
    proxy = _side("proxy", "unhealthy-container", healthCheck=WEB["healthCheck"])
    arn = _start(house, _web("v2", "proxy HEALTHY"), proxy)
    house.wait(60)

    assert house.task(arn)["stoppedReason"].endswith("[proxy] for target [web] as dependency is not healthy.")


def test_start_is_content_with_a_start(house: House) -> None:
    arn = _start(house, _web("v2", "agent START"), _side("agent"))
    house.wait(20)

    assert set(_seen(house, arn).values()) == {"RUNNING"}


def test_the_task_outlives_a_container_that_is_not_essential(house: House) -> None:
    arn = _start(house, _web(), _side("agent", "dies-later"))
    house.wait(90)
    task = house.task(arn)

    assert _seen(house, arn) == {"task": "RUNNING", "web": "RUNNING", "agent": "STOPPED"}
    assert (task["healthStatus"], task["containers"][1]["exitCode"]) == ("HEALTHY", 1)
    house.cloud.exit_container(arn, "web")
    assert house.task(arn)["stopCode"] == "EssentialContainerExited"


def test_a_sick_container_that_is_not_essential_does_not_make_the_task_sick(house: House) -> None:
    agent = _side("agent", "unhealthy-container", healthCheck=WEB["healthCheck"])
    arn = _start(house, _web(), agent)
    house.wait(60)

    assert [each["healthStatus"] for each in house.task(arn)["containers"]] == ["HEALTHY", "UNHEALTHY"]
    assert house.task(arn)["healthStatus"] == "HEALTHY"


def test_a_restart_policy_starts_a_container_again(house: House) -> None:
    policy = {"enabled": True, "restartAttemptPeriod": 60}
    arn = _start(house, _web("dies-later", restartPolicy=policy))
    house.wait(20 + 61)
    task = house.task(arn)

    assert (task["lastStatus"], task["containers"][0]["lastStatus"]) == ("RUNNING", "RUNNING")
    assert task["containers"][0]["healthStatus"] == "UNKNOWN"
    assert "exitCode" not in task["containers"][0]
    house.wait(10)
    assert house.task(arn)["healthStatus"] == "HEALTHY"


@pytest.mark.parametrize(
    ("tag", "policy"),
    [
        ("crash", {"enabled": True, "restartAttemptPeriod": 60}),
        ("dies-later", {"enabled": True, "restartAttemptPeriod": 60, "ignoredExitCodes": [1]}),
        ("dies-later", {"enabled": False, "restartAttemptPeriod": 60}),
        ("dies-later", {"enabled": True}),
    ],
)
def test_a_restart_policy_has_limits(house: House, tag: str, policy: Json) -> None:
    arn = _start(house, _web(tag, restartPolicy=policy))
    house.wait(90)

    assert house.task(arn)["stopCode"] == "EssentialContainerExited"


def test_a_service_with_a_migration_is_seeded_and_rolls(build: Build) -> None:
    containers = [_web("v2", "migrate SUCCESS"), _side("migrate")]
    definition = task_definition(containerDefinitions=containers)
    house = build(service=service_json(), definition=definition)
    assert _seen(house, house.service_tasks()[0]) == {
        "task": "RUNNING",
        "web": "RUNNING",
        "migrate": "STOPPED",
    }
    house.update(taskDefinition=house.register(containerDefinitions=containers))
    house.wait(100)

    assert house.rollout()["status"] == "SUCCESSFUL"


def test_a_log_router_is_a_sidecar_like_any_other(house: House) -> None:
    router = _side("router", essential=True, firelensConfiguration={"type": "fluentbit"})
    web = _web("v2", "router START", logConfiguration={"logDriver": "awsfirelens"})
    arn = _start(house, web, router)
    house.wait(30)

    assert set(_seen(house, arn).values()) == {"RUNNING"}
    assert list(house.cloud.world.logs["/ecs/web"])[-1].startswith("web/router/")


@pytest.mark.parametrize(
    ("containers", "words"),
    [
        ([_web("v2", "nobody START")], "depends on container 'nobody', which is not in the task definition"),
        ([_web("v2", "web START")], "depends on container 'web'"),
        ([_web("v2", "api SUCCESS"), _side("api", essential=True)], "is essential and cannot be depended on"),
        ([_web("v2", "api HEALTHY"), _side("api")], "has no health check"),
        (
            [_web("v2", "api START"), _side("api", dependsOn=_web("v2", "web START")["dependsOn"])],
            "Dependency cycle detected",
        ),
        ([_web(restartPolicy={"enabled": True, "restartAttemptPeriod": 59})], "between 60 and 1800"),
        ([_web(restartPolicy={"enabled": True, "ignoredExitCodes": list(range(51))})], "more than 50"),
    ],
)
def test_what_containers_may_not_ask_for(house: House, containers: list[Json], words: str) -> None:
    with pytest.raises(ClientError, match=words):
        house.register(containerDefinitions=containers)
