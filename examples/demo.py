"""Three rollouts of `examples/web` on a cloud that lives on this machine, in about a minute.

Nothing here needs an account: `cage-fsm sandbox` answers as ECS and a load balancer would. What is left in
that cloud is looked up with plain boto3, so that nobody has to believe cage-fsm about itself.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3

CAGE = str(Path(sys.executable).with_name("cage-fsm"))
WEB = Path(__file__).parent / "web"
RUNNING = "observing_canary"


def main() -> int:
    """Show all three, and what is left at the end."""
    with tempfile.TemporaryDirectory() as store, sandbox() as exports:
        env = os.environ | exports | {"CAGE_STORE": store, "CI": "true"}
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            env.pop(name, None)
        title("1. A healthy rollout: one canary, judged, released; then the whole service")
        expect(0, rollout(env, "v2").wait())
        title("2. An image that cannot be pulled: refused with its cause, the service untouched")
        expect(1, rollout(env, "v3-bad-image").wait())
        title("3. A rollout killed with SIGKILL while its canary is running, then resumed")
        kill_while_the_canary_runs(env)
        show_what_is_there(exports)
        say("$ cage-fsm resume last")
        expect(0, subprocess.call([CAGE, "resume", "last"], env=env))
        title("What is left in the cloud, asked with boto3")
        left = show_what_is_there(exports)
        say("$ cage-fsm runs")
        subprocess.check_call([CAGE, "runs"], env=env)
    if left:
        say("A canary or its target was left behind.")
    return 1 if left else 0


@contextmanager
def sandbox() -> Iterator[dict[str, str]]:
    """A sandbox, ten times as fast as AWS, in which the example's service runs; yields its environment."""
    command = [CAGE, "sandbox", "--speed", "10", "--deploy", str(WEB)]
    serving = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield dict(exports(serving))
    finally:
        serving.terminate()
        serving.wait()


def exports(serving: subprocess.Popen[str]) -> Iterator[tuple[str, str]]:
    """The settings that the sandbox prints before it serves."""
    assert serving.stdout
    for line in serving.stdout:
        if not line.startswith("export "):
            return
        name, _, value = line.removeprefix("export ").strip().partition("=")
        yield name, value


def rollout(env: dict[str, str], tag: str) -> subprocess.Popen[bytes]:
    """Start rolling the example out with this image tag."""
    say(f"$ IMAGE_TAG={tag} cage-fsm rollout examples/web --bake 3s")
    command = [CAGE, "rollout", str(WEB), "--bake", "3s"]
    return subprocess.Popen(command, env=env | {"IMAGE_TAG": tag})


def kill_while_the_canary_runs(env: dict[str, str]) -> None:
    """Start a rollout and end it the hard way."""
    process = rollout(env, "v4")
    while process.poll() is None:
        time.sleep(0.2)
        runs = json.loads(subprocess.check_output([CAGE, "runs", "--json"], env=env))
        if runs and runs[0]["state"] == RUNNING:
            process.send_signal(signal.SIGKILL)
    expect(-signal.SIGKILL, process.wait())
    say(f"Killed with SIGKILL in {RUNNING}. In the cloud, the canary runs on:")


def show_what_is_there(exports: dict[str, str]) -> int:
    """Print canaries, strange targets and the service; returns how many of the first two there are."""
    session = boto3.Session(
        exports["AWS_ACCESS_KEY_ID"], exports["AWS_SECRET_ACCESS_KEY"], region_name=exports["AWS_REGION"]
    )
    ecs = session.client("ecs", endpoint_url=exports["AWS_ENDPOINT_URL"])
    elb = session.client("elbv2", endpoint_url=exports["AWS_ENDPOINT_URL"])
    arns = ecs.list_tasks(cluster="demo")["taskArns"]
    tasks = ecs.describe_tasks(cluster="demo", tasks=arns)["tasks"]
    canaries = [task for task in tasks if task["group"].startswith("cage:")]
    served = {address(task) for task in tasks if not task["group"].startswith("cage:")}
    group = ecs.describe_services(cluster="demo", services=["web"])["services"][0]["loadBalancers"][0]
    targets = elb.describe_target_health(TargetGroupArn=group["targetGroupArn"])["TargetHealthDescriptions"]
    lasting = [each for each in targets if each["TargetHealth"]["State"] != "draining"]
    stray = [each for each in lasting if each["Target"]["Id"] not in served]
    for task in canaries:
        say(f"  canary {task['taskArn'].rpartition('/')[2]} is {task['lastStatus']}")
    for target in stray:
        say(f"  target {target['Target']['Id']} of no service task is {target['TargetHealth']['State']}")
    service = ecs.describe_services(cluster="demo", services=["web"])["services"][0]
    revision = service["taskDefinition"].rpartition("/")[2]
    counts = f"{service['runningCount']} of {service['desiredCount']} tasks"
    say(f"  canaries: {len(canaries)}, stray targets: {len(stray)}; web runs {revision}, {counts}")
    return len(canaries) + len(stray)


def address(task: dict[str, Any]) -> str:
    """The private address of a task."""
    details = (each for attachment in task["attachments"] for each in attachment["details"])
    return next((each["value"] for each in details if each["name"] == "privateIPv4Address"), "")


def expect(wanted: int, code: int) -> None:
    """Stop the demo when something did not end as it should."""
    say(f"exit code {code}")
    if code != wanted:
        raise SystemExit(f"the exit code should have been {wanted}")


def title(words: str) -> None:
    """A heading."""
    say(f"\n=== {words}")


def say(words: str) -> None:
    """Print at once: the programs called here write to the same place."""
    print(words, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
