"""cage-fsm sandbox: an ECS with a load balancer on this machine."""

import os
import signal
import subprocess
import sys
import tempfile
from collections import UserDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cage_fsm.clock import RealClock
from cage_fsm.data import data
from cage_fsm.deployfiles import DeployFileError, DeployFiles, read
from cage_fsm.report.safely import say
from cage_fsm.sandbox import SCENARIOS, Cloud, ScaledClock, Server, leftovers, seed_service, serve
from cage_fsm.usage import UsageError

_HOME = ("us-east-1", "123456789012")


def _scenarios(context: click.Context, option: click.Parameter, value: bool) -> None:  # noqa: ARG001, FBT001
    if value:
        say([f"{name:<20} {scenario.line}" for name, scenario in SCENARIOS.items()], sys.stdout)
        context.exit()


@click.command("sandbox", context_settings={"ignore_unknown_options": False})
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; any free one unless set."
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    help="Let its time run so much faster.",
)
@click.option(
    "--scenario", default="healthy", metavar="NAME[,NAME…]", help="What goes wrong; see --list-scenarios."
)
@click.option(
    "--deploy", type=click.Path(path_type=Path), metavar="DIR", help="The service that exists already."
)
@click.option(
    "--instances",
    type=click.IntRange(min=0),
    default=2,
    help="How many container instances a service on EC2 finds; 2 unless set.",
)
@click.option(
    "--load-balancer",
    type=click.Choice(["application", "network"]),
    default="application",
    help="What is in front of the target groups.",
)
@click.option(
    "--missing",
    multiple=True,
    metavar="NAME",
    help="There is no role, subnet, security group, secret or parameter of this name. May be given again.",
)
@click.option(
    "--list-scenarios",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_scenarios,
    help="List the scenarios.",
)
@click.argument("run", nargs=-1, metavar="[-- COMMAND…]")
def command(
    *,
    port: int,
    speed: float,
    scenario: str,
    deploy: Path | None,
    missing: tuple[str, ...],
    run: tuple[str, ...],
    **around: Any,
) -> int:
    """Serve an ECS with a load balancer on 127.0.0.1, for any SDK and the AWS CLI.

    The service of DIR exists there already, with an older revision; without --deploy it is the example's.
    With a COMMAND, run it against a fresh sandbox, exit with its code, and list what it left behind. A
    container whose image tag ends in the name of a scenario behaves so: `web:v2-crash`. A CloudWatch alarm
    of the service is there, too: `web-5xx` for the service `web`.

    \b
    Examples:
      cage-fsm sandbox --port 4599 --deploy deploy/web
      cage-fsm sandbox --speed 10 -- cage-fsm rollout deploy/web
    """
    cloud = _cloud(scenario, speed, deploy or data("examples/web"), around)
    for name in missing:
        cloud.take_away(name)
    try:
        server = serve(cloud, port)
    except OSError as error:
        message = f"Port {port} cannot be had: {error.strerror}."
        raise UsageError(message) from error
    with server:
        if run:
            return _run(server, cloud, run)
        _wait(server, cloud)
    return 0


def environment(server: Server, region: str) -> dict[str, str]:
    """What makes boto3 and the AWS CLI talk to the sandbox."""
    return {
        "AWS_ENDPOINT_URL": server.url,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _cloud(scenario: str, speed: float, directory: Path, around: Mapping[str, Any]) -> Cloud:
    try:
        files = read(directory, _Filled(os.environ))
        region, account = _home(files)
        cloud = Cloud(ScaledClock(speed), scenario, region=region, account=account)
        seed_service(cloud, dict(files.service), dict(files.task_definition), **around)
        cloud.set_alarm(f"{files.service_name}-5xx", "OK")
    except (DeployFileError, ValueError) as error:
        raise UsageError(str(error)) from error
    return cloud


def _home(files: DeployFiles) -> tuple[str, str]:
    """Region and account of the files' target group, so that its ARN is the one that exists."""
    for balancer in files.service.get("loadBalancers", []):
        if arn := balancer.get("targetGroupArn"):
            _, _, _, region, account, _ = arn.split(":", 5)
            return region, account
    return _HOME


class _Filled(UserDict[str, str]):
    """The environment, in which every variable is set: those of the revision to come are not known yet.

    One with a default that is not set has its default.
    """

    def __init__(self, known: Mapping[str, str]) -> None:
        super().__init__(known)

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return "previous"

    def get(self, name: str, default: Any = None) -> Any:
        return self.data.get(name, default)


def _run(server: Server, cloud: Cloud, run: tuple[str, ...]) -> int:
    with tempfile.TemporaryDirectory(prefix="cage-fsm-sandbox-") as store:
        return _run_with(server, cloud, run, store)


def _run_with(server: Server, cloud: Cloud, run: tuple[str, ...], store: str) -> int:
    # Runs in a cloud that is about to end are not kept among those in AWS.
    settings = {"CAGE_STORE": store} | os.environ | environment(server, cloud.world.region)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        settings.pop(name, None)
    try:
        child = subprocess.Popen(run, env=settings)
    except OSError as error:
        message = f"{run[0]} cannot be run: {error.strerror}."
        raise UsageError(message) from error
    # Ctrl-C reaches the command as well; what it does about it is its own affair.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    code = child.wait()
    made = f"{run[0]} ended with {code} after {len(cloud.calls)} calls."
    kept = [] if "CAGE_STORE" in os.environ else ["Its records are gone with it; CAGE_STORE keeps them."]
    say(["", f"{made} Left in the sandbox:", *_left(cloud), *kept], sys.stderr)
    return code if code >= 0 else 128 - code


def _left(cloud: Cloud) -> list[str]:
    return [f"  {sentence}" for sentence in leftovers(cloud).sentences]


def _wait(server: Server, cloud: Cloud) -> None:
    clock, ended = RealClock(), []

    def end(*_: object) -> None:
        ended.append(True)
        clock.wake()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    region = cloud.world.region
    exports = [f"export {name}={value}" for name, value in environment(server, region).items()]
    say(
        [*exports, f"# The sandbox serves at {server.url}; Ctrl-C ends it and lists what is left."],
        sys.stdout,
    )
    while not ended:
        clock.sleep(3600)
    say(["Left in the sandbox:", *_left(cloud)], sys.stderr)
