"""Builds the wheel, installs it in an environment of its own, and uses it there as a user would.

Run by `make test-wheel`. The AWS CLI gets an environment of its own as well: it pins a botocore of its own.
"""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONSTRAINTS = str(ROOT / "constraints.txt")
FIND = "from cage_fsm.data import data; print(data('examples/web')); print(data('states/rollout.toml'))"


def main() -> None:
    """Build, install, use."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        run(sys.executable, "-m", "build", "--wheel", "--outdir", str(place), str(ROOT))
        (wheel,) = place.glob("*.whl")
        cage = install(place / "cage", "--constraint", CONSTRAINTS, str(wheel)) / "cage-fsm"
        aws = install(place / "aws", "awscli") / "aws"
        use(place, cage, aws)
    print(f"The wheel works: {wheel.name}")


def install(place: Path, *what: str) -> Path:
    """Make an environment with these packages; returns where its programs are."""
    venv.create(place, with_pip=True)
    run(
        str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what
    )
    return place / "bin"


def use(place: Path, cage: Path, aws: Path) -> None:
    """The main verbs, far from the checkout."""
    python = str(cage.with_name("python"))
    web, machine = output(place, python, "-c", FIND).split()
    assert str(place) in web, f"the example was found in {web}, not in the wheel"
    assert "18 states" in output(place, str(cage), "verify", machine)
    assert "stateDiagram" in output(place, str(cage), "diagram")
    sandbox = [str(cage), "sandbox", "--speed", "20", "--"]
    rolled_out = output(place, *sandbox, str(cage), "rollout", web, "--bake", "1s")
    assert "succeeded" in rolled_out, rolled_out
    assert "succeeded" in output(place, str(cage), "show", "last")
    assert '"final": true' in output(place, str(cage), "runs", "--json")
    assert "succeeded" in output(place, *sandbox, str(cage), "resume", "last")
    seen = output(
        place, *sandbox, str(aws), "ecs", "describe-services", "--cluster", "demo", "--services", "web"
    )
    assert '"serviceName": "web"' in seen, seen
    asked = ("--target-group-arn", group_of(seen))
    assert '"State": "healthy"' in output(
        place, *sandbox, str(aws), "elbv2", "describe-target-health", *asked
    )


def group_of(described: str) -> str:
    """The ARN of the target group in what `describe-services` printed."""
    return next(word.strip('",') for word in described.split() if ":targetgroup/" in word)


def run(*command: str) -> None:
    """Run a step, and stop with it."""
    print("$", " ".join(command), flush=True)
    subprocess.run(command, check=True)


def output(place: Path, *command: str) -> str:
    """Run a step in `place`, with a store there, and return what it printed on stdout."""
    print("$", " ".join(command), flush=True)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CAGE_"))}
    env |= {"CAGE_STORE": str(place / "store"), "IMAGE_TAG": "v2", "AWS_CONFIG_FILE": os.devnull}
    done = subprocess.run(command, cwd=place, env=env, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


if __name__ == "__main__":
    main()
