"""What containers and load balancers say about each other."""

from typing import Any

import pytest

from .conftest import CONTAINER, DeployDirectory


def named(name: str, *waits_for: str, **more: Any) -> dict[str, Any]:
    dependencies = [{"containerName": other, "condition": "START"} for other in waits_for]
    return {"name": name, "image": "x:1", "dependsOn": dependencies, **more}


@pytest.mark.parametrize(
    ("containers", "words"),
    [
        ([], "`containerDefinitions` is empty, but a task needs at least one container."),
        (
            [{**named("", "b"), "name": None}],
            "`containerDefinitions[0]` has no `name`, which every container needs.",
        ),
        ([{"image": "x"}], "`containerDefinitions[0]` has no `name`, which every container needs."),
        (
            [{"name": "web", "image": ""}],
            "`containerDefinitions[0]` has no `image`, which every container needs.",
        ),
        ([{"name": "web", "image": "x:"}], "image` is `x:`, which leaves nothing after the colon."),
        (
            [named("a", essential=False)],
            "`containerDefinitions` has no essential container, but a task needs at least one.",
        ),
        (
            [named("a"), named("a")],
            "`containerDefinitions[1].name` is `a`, the name of container 0 (line 5) as well.",
        ),
        ([named("a", "b")], "dependsOn[0].containerName` is `b`, but the containers are `a`."),
        (
            [named("a"), named("b", "c")],
            "dependsOn[0].containerName` is `c`, but the containers are `a` and `b`.",
        ),
        ([named("a", "a")], "dependsOn` goes in a circle: `a` waits for `a`."),
    ],
)
def test_containers_that_cannot_run_together_are_refused(
    deploy: DeployDirectory, containers: list[dict[str, Any]], words: str
) -> None:
    deploy.containers(*containers)

    assert words in deploy.complaint()


def test_a_circle_is_told_in_the_order_of_waiting(deploy: DeployDirectory) -> None:
    deploy.containers(named("a", "b"), named("b", "c"), named("c", "a"))
    circles = {
        "`a` waits for `b` waits for `c` waits for `a`.",
        "`b` waits for `c` waits for `a` waits for `b`.",
        "`c` waits for `a` waits for `b` waits for `c`.",
    }

    assert deploy.complaint().partition("goes in a circle: ")[2] in circles


def test_containers_may_wait_for_each_other_without_a_circle(deploy: DeployDirectory) -> None:
    deploy.containers(named("a", "b", "c"), named("b", "c"), named("c", essential=False))

    assert len(deploy.read().task_definition["containerDefinitions"]) == 3


@pytest.mark.parametrize(
    ("name", "port", "words"),
    [
        ("api", 8080, "`loadBalancers[0].containerName` is `api`, but the containers of {} are `web`."),
        (
            "web",
            80,
            "`loadBalancers[0].containerPort` is `80`, but container `web` of {} (line 4) opens only `8080`.",
        ),
        (None, 80, "`loadBalancers[0]` needs `containerName`."),
    ],
)
def test_a_load_balancer_must_point_at_an_open_port(
    deploy: DeployDirectory, name: str | None, port: int, words: str
) -> None:
    deploy.service({"loadBalancers": [{"containerName": name, "containerPort": port}]})

    assert words.format(deploy.path / "task-definition.json") in deploy.complaint()


@pytest.mark.parametrize("port", [8080, 9000, 9005, 9010])
def test_ports_and_ranges_of_ports_are_open(deploy: DeployDirectory, port: int) -> None:
    mappings = [{"containerPort": 8080}, {"containerPortRange": "9000-9010"}]
    deploy.containers({**CONTAINER, "portMappings": mappings})
    deploy.service({"loadBalancers": [{"containerName": "web", "containerPort": port}]})

    assert deploy.read().service["loadBalancers"][0]["containerPort"] == port


def test_a_container_without_ports_is_told_so(deploy: DeployDirectory) -> None:
    deploy.containers({"name": "web", "image": "x"})
    deploy.service({"loadBalancers": [{"containerName": "web", "containerPort": 80}]})

    assert deploy.complaint().endswith("opens no port.")
