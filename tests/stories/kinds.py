"""The other kinds of services and task definitions, made from the example's."""

from collections.abc import Mapping
from typing import Any

from tests.stories.stage import GROUP, Change, Json, plain

PROVIDED = ("launchType", "platformVersion")
SECOND = GROUP.replace("web/0123", "api/0123")
DISK = {
    "name": "data",
    "managedEBSVolume": {
        "roleArn": "arn:aws:iam::123456789012:role/ecsInfrastructureRole",
        "sizeInGiB": 20,
        "tagSpecifications": [{"resourceType": "volume", "propagateTags": "SERVICE"}],
    },
}


def on_ec2(service: Json) -> Json:
    """For EC2, with an address of its own."""
    return {name: value for name, value in service.items() if name != "platformVersion"} | {
        "launchType": "EC2"
    }


def on_hosts(service: Json) -> Json:
    """For EC2, in the network of its hosts."""
    return {name: value for name, value in on_ec2(service).items() if name != "networkConfiguration"}


def by(*providers: str, **changes: object) -> Change:
    """A service with a capacity provider strategy; without providers the cluster's default decides."""

    def change(service: Json) -> Json:
        kept = {name: value for name, value in service.items() if name not in PROVIDED}
        items = [{"capacityProvider": name, "weight": 1} for name in providers]
        return kept | ({"capacityProviderStrategy": items} if items else {}) | changes

    return change


def mode(name: str, **mapping: int) -> Change:
    """A task definition of this network mode; `mapping` is added to its port mapping."""

    def change(definition: Json) -> Json:
        (web,) = definition["containerDefinitions"]
        web["portMappings"] = [{"containerPort": 8080} | mapping]
        return definition | {"networkMode": name, "requiresCompatibilities": ["EC2"]}

    return change


def with_volume(definition: Json) -> Json:
    """Made at launch, as the service says."""
    return definition | {
        "volumes": [{"name": "data", "configuredAtLaunch": True}],
        "taskRoleArn": "arn:aws:iam::123456789012:role/web",
    }


def with_sidecars(definition: Json) -> Json:
    """A migration to its end, a proxy with a port of its own, and a helper that ends soon."""
    (web,) = definition["containerDefinitions"]
    side = {"image": web["image"], "logConfiguration": web["logConfiguration"]}
    migrate = side | {"name": "migrate", "essential": False}
    proxy = side | {"name": "proxy", "portMappings": [{"containerPort": 9090}], "essential": True}
    proxy["dependsOn"] = [{"containerName": "web", "condition": "HEALTHY"}]
    web["secrets"] = [{"name": "KEY", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/web/key"}]
    web["dependsOn"] = [{"containerName": "migrate", "condition": "SUCCESS"}]
    return definition | {"containerDefinitions": [web, migrate, proxy]}


def two_groups(service: Json) -> Json:
    """Behind two target groups, the second for the proxy."""
    second = {"targetGroupArn": SECOND, "containerName": "proxy", "containerPort": 9090}
    return service | {"loadBalancers": [*service["loadBalancers"], second]}


Kind = Mapping[str, Any]

KINDS: dict[str, Kind] = {
    "Fargate": {},
    "FARGATE_SPOT": {"service": by("FARGATE_SPOT")},
    "the cluster's default strategy": {"service": by()},
    "a capacity provider of one's own": {"service": by("hosts"), "definition": mode("awsvpc")},
    "EC2 awsvpc": {"service": on_ec2, "definition": mode("awsvpc")},
    "EC2 bridge, dynamic ports": {"service": on_hosts, "definition": mode("bridge")},
    "EC2 bridge, static port": {
        "service": on_hosts,
        "definition": mode("bridge", hostPort=80),
        "instances": 5,
    },
    "EC2 host": {"service": on_hosts, "definition": mode("host"), "instances": 5},
    "a Network Load Balancer": {"load_balancer": "network"},
    "a Network Load Balancer, instances": {
        "service": on_hosts,
        "definition": mode("bridge"),
        "load_balancer": "network",
    },
    "several containers, ports and target groups": {"service": two_groups, "definition": with_sidecars},
    "sidecars without load balancer": {"service": plain, "definition": with_sidecars},
}
"""What each is made of: changes of the example, and of what it is seeded with."""
