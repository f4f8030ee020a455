"""Other kinds of services, from the command line and over HTTP."""

import json
from pathlib import Path

import pytest

from tests.stories.kinds import mode, on_hosts

from .desk import PROGRAM, Desk, Json

NOWHERE = "i-0123456789abcdef0"


def on_dynamic_ports(desk: Desk) -> Path:
    """Deploy files of a service in the network of its hosts."""
    desk.change(lambda service: on_hosts(behind_a_load_balancer(service)), "service.json")
    desk.change(mode("bridge"))
    return desk.deploy


def behind_a_load_balancer(service: Json) -> Json:
    group = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef"
    return service | {
        "loadBalancers": [{"targetGroupArn": group, "containerName": "web", "containerPort": 8080}]
    }


def in_the_sandbox(deploy: Path) -> tuple[str | Path, ...]:
    around = ("--speed", "100", "--instances", "3", "--load-balancer", "network", "--deploy", deploy)
    return ("sandbox", *around, "--", *PROGRAM, "rollout", deploy, "--bake", "0.1")


def test_a_service_on_dynamic_ports_behind_a_network_load_balancer_is_rolled_out(desk: Desk) -> None:
    done = desk.type(*in_the_sandbox(on_dynamic_ports(desk)))

    assert done.code == 0
    assert "Target i-" in done.out
    assert "nothing is left behind" in done.err
    assert "web runs web:2, 2 of 2 tasks" in done.err


def test_an_instance_that_is_not_there_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAGE_CANARY_INSTANCE_ARN", NOWHERE)
    done = desk.type(*in_the_sandbox(on_dynamic_ports(desk)))

    assert done.code == 1
    assert f"Container instance {NOWHERE} is not in the service's cluster" in done.out
    assert "web runs web:1, 2 of 2 tasks" in done.err


def test_another_deployment_is_refused_or_waited_for(desk: Desk) -> None:
    usual, desk.cloud.timings.provisioning = desk.cloud.timings.provisioning, 1e6
    desk.cloud.update_service("demo", "web", forceNewDeployment=True)
    refused = desk.rollout()
    waiting = desk.spawn(
        *("rollout", desk.deploy, "--bake", "0.1"), *("--wait-in-progress", "--service-stable-timeout", "5m")
    )
    waiting.until("Waiting until it is over.")
    desk.cloud.timings.provisioning = usual
    desk.cloud.update_service("demo", "web", forceNewDeployment=True)

    assert waiting.end() == 0
    assert refused.code == 1
    assert "let the run wait for that with --wait-in-progress" in refused.out
    (run, _) = json.loads(desk.type("runs", "--json").out)
    assert json.loads(desk.type("show", run["id"], "--json").out)["durations"]["wait"] == 300
