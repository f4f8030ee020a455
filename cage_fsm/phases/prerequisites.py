"""What the deploy files name that has to be there before a task can start: roles, secrets, networks, logs.

To look needs permissions that a deployment does not; without them a thing is taken for nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.errors import DENIED, AwsSaidNo

Json = Mapping[str, Any]
Kind = Literal["role", "secret", "parameter", "log group", "subnet", "security group"]
Said = Literal["exists", "missing", "will be made", "not permitted to look", "could not be told"]

BY_SSM = "/aws/reference/secretsmanager/"
"""Under this prefix Parameter Store passes on to Secrets Manager (Systems Manager user guide)."""

_MAKES_GROUP = "awslogs-create-group"


@dataclass(frozen=True)
class Thing:
    """One thing that the files name, by ARN or name, and the field that names it first.

    `region` is empty where it is the service's. `made`: ECS makes it where it is missing.
    """

    kind: Kind
    name: str
    field: str
    region: str = ""
    made: bool = False


@dataclass(frozen=True)
class Found:
    """What a look at a thing came to; `words` say more: AWS's, or what is wrong with it."""

    thing: Thing
    said: Said
    words: str = ""


def named(service: Json, definition: Json) -> list[Thing]:
    """What the files name, each thing once, in the order of the files."""
    found: dict[tuple[str, str, str], Thing] = {}
    for each in (*_of_service(service), *_of_definition(definition)):
        if each.name:
            found.setdefault((each.kind, each.name, each.region), each)
    return list(found.values())


def look(aws: Aws, thing: Thing) -> Found:
    """Whether a thing is there. Raises Retryable or Suspend."""
    try:
        wrong = _LOOKS[thing.kind](aws, thing)
    except AwsSaidNo as no:
        said: Said = "not permitted to look" if no.code in DENIED else "could not be told"
        return Found(thing, said, f"{no.code}: {no.message}")
    if wrong is None:
        return Found(thing, "exists")
    return Found(thing, "will be made") if thing.made else Found(thing, "missing", wrong)


def _of_service(service: Json) -> Iterator[Thing]:
    network = service.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    within = "networkConfiguration.awsvpcConfiguration"
    for subnet in network.get("subnets", []):
        yield Thing("subnet", subnet, f"{within}.subnets")
    for group in network.get("securityGroups", []):
        yield Thing("security group", group, f"{within}.securityGroups")
    yield Thing("role", service.get("role", ""), "role")
    yield from _roles(service, "")


def _roles(value: Any, within: str) -> Iterator[Thing]:
    """Whatever is called roleArn: of load balancers, hooks, volumes, Service Connect and VPC Lattice."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            path = f"{within}.{key}".removeprefix(".")
            if key == "roleArn":
                yield Thing("role", inner, path)
            else:
                yield from _roles(inner, path)
    elif isinstance(value, list):
        for each in value:
            yield from _roles(each, f"{within}[]")


def _of_definition(definition: Json) -> Iterator[Thing]:
    for field in ("taskRoleArn", "executionRoleArn"):
        yield Thing("role", definition.get(field, ""), field)
    for container in definition.get("containerDefinitions", []):
        yield from _of_container(container, f"containerDefinitions[{container.get('name')}]")


def _of_container(container: Json, within: str) -> Iterator[Thing]:
    logs = container.get("logConfiguration", {})
    credentials = container.get("repositoryCredentials", {}).get("credentialsParameter", "")
    yield _secret(credentials, f"{within}.repositoryCredentials")
    secrets = [("secrets", each) for each in container.get("secrets", [])]
    secrets += [("logConfiguration.secretOptions", each) for each in logs.get("secretOptions", [])]
    for field, pair in secrets:
        yield _value(pair.get("valueFrom", ""), f"{within}.{field}[{pair.get('name')}]")
    options = logs.get("options", {}) if logs.get("logDriver") == "awslogs" else {}
    yield Thing(
        "log group",
        options.get("awslogs-group", ""),
        f"{within}.logConfiguration",
        options.get("awslogs-region", ""),
        made=options.get(_MAKES_GROUP) == "true",
    )


def _value(value_from: str, field: str) -> Thing:
    """What a `valueFrom` names: a name alone is a parameter's (API reference, Secret)."""
    if ":secretsmanager:" in value_from:
        return _secret(value_from, field)
    if value_from.startswith(BY_SSM):
        return _secret(value_from.removeprefix(BY_SSM), field)
    region = value_from.split(":")[3] if value_from.count(":") > 4 else ""  # noqa: PLR2004 - an ARN's colons
    return Thing("parameter", value_from, field, region)


def _secret(named_so: str, field: str) -> Thing:
    return Thing("secret", named_so, field, named_so.split(":")[3] if named_so.startswith("arn:") else "")


def _role(aws: Aws, thing: Thing) -> str | None:
    """A role is found by its name alone, which stands at the end of the ARN (API reference, GetRole)."""
    arn = aws.iam.role_arn(thing.name.rpartition("/")[2])
    if arn is None:
        return "there is no role of this name"
    if thing.name.startswith("arn:") and arn != thing.name:
        return f"the role of this name is {arn}"
    return None


def _secret_is_there(aws: Aws, thing: Thing) -> str | None:
    """`arn:…:secret:NAME:JSON-KEY:STAGE:VERSION`, of which the last three may be empty or missing."""
    parts = thing.name.split(":")
    found = aws.secretsmanager.secret(thing.region, ":".join(parts[:7]))
    if found is None:
        return "there is no secret of this name"
    if found.deleted:
        return "the secret is marked for deletion"
    absent = [each for each in parts[8:] if each and found.versions and each not in found.versions]
    return f"the secret has no version {absent[0]}" if absent else None


def _if_not(is_there: bool, words: str) -> str | None:  # noqa: FBT001 - the only thing it is about
    return None if is_there else words


_LOOKS: Mapping[Kind, Callable[[Aws, Thing], str | None]] = {
    "role": _role,
    "secret": _secret_is_there,
    "parameter": lambda aws, it: _if_not(
        aws.ssm.has_parameter(it.region, it.name), "there is no parameter of this name"
    ),
    "log group": lambda aws, it: _if_not(
        aws.logs.has_group(it.region or aws.region, it.name), "there is no log group of this name"
    ),
    "subnet": lambda aws, it: _if_not(aws.ec2.has_subnet(it.name), "there is no subnet of this id"),
    "security group": lambda aws, it: _if_not(
        aws.ec2.has_security_group(it.name), "there is no security group of this id"
    ),
}
"""What is wrong with a thing of each kind; None where nothing is."""
