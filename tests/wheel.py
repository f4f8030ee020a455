"""Builds the wheel, installs it in an environment of its own, and uses it there as a user would.

Run by `make test-wheel`. The AWS CLI gets an environment of its own as well: it pins a botocore of its own.
"""

import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from zipfile import ZipFile

import yaml

from tests.package_index import package_index

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
        upgrade(place, wheel, cage)
        install_as_the_action_does(place)
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
    assert "21 states" in output(place, str(cage), "verify", machine)
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


def upgrade(place: Path, wheel: Path, cage: Path) -> None:
    """From a package index on this machine; not while the program drives a run."""
    releases = place / "releases"
    releases.mkdir()
    release_newer(wheel, releases)
    (origin,) = cage.parents[1].rglob("cage_fsm-*.dist-info/direct_url.json")
    origin.unlink()  # as if it had come from an index
    with package_index(releases) as url:
        index = {"PIP_INDEX_URL": url, "NO_PROXY": "127.0.0.1"}
        said = output(place, str(cage), "upgrade", "--check", env=index)
        assert "99.0" in said, said
        sandbox = (str(cage), "sandbox", "--speed", "20", "--")
        web = output(place, str(cage.with_name("python")), "-c", FIND).split()[0]
        during = f"'{cage}' upgrade; test $? = 5; echo $? > refused"
        output(place, *sandbox, str(cage), "rollout", web, "--probe", f'sh -c "{during}"', env=index)
        assert (place / "refused").read_text("utf-8").strip() == "0"
        said = output(place, str(cage), "upgrade", env=index)
        assert "cage-fsm 99.0 is installed now." in said, said
        assert "99.0" in output(place, str(cage), "upgrade", "--check", env=index)


def release_newer(wheel: Path, releases: Path) -> None:
    """Write the wheel once more, as version 99.0."""
    version = wheel.name.split("-")[1]
    new = releases / wheel.name.replace(version, "99.0")
    with ZipFile(wheel) as old, ZipFile(new, "w") as written:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("METADATA"):
                content = content.replace(f"\nVersion: {version}".encode(), b"\nVersion: 99.0")
            elif name.endswith("RECORD"):
                content = b""  # pip writes its own
            written.writestr(name.replace(f"-{version}.dist-info", "-99.0.dist-info"), content)


def install_as_the_action_does(place: Path) -> None:
    """The first step of action.yml, on this machine."""
    (step, *_) = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["runs"]["steps"]
    path = place / "github-path"
    runner = {"GITHUB_ACTION_PATH": str(ROOT), "RUNNER_TEMP": str(place), "GITHUB_PATH": str(path)}
    output(place, "bash", "-e", "-o", "pipefail", "-c", step["run"], env=runner)
    program = Path(path.read_text("utf-8").strip()) / "cage-fsm"
    assert list(program.parent.iterdir()) == [program]
    assert "cage-fsm" in output(place, str(program), "--version")


def group_of(described: str) -> str:
    """The ARN of the target group in what `describe-services` printed."""
    return next(word.strip('",') for word in described.split() if ":targetgroup/" in word)


def run(*command: str) -> None:
    """Run a step, and stop with it."""
    print("$", " ".join(command), flush=True)
    subprocess.run(command, check=True)


def output(place: Path, *command: str, env: Mapping[str, str] = MappingProxyType({})) -> str:
    """Run a step in `place`, with a store there, and return what it printed on stdout."""
    print("$", " ".join(command), flush=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CAGE_"))}
    kept |= {"CAGE_STORE": str(place / "store"), "IMAGE_TAG": "v2", "AWS_CONFIG_FILE": os.devnull} | dict(env)
    done = subprocess.run(command, cwd=place, env=kept, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


if __name__ == "__main__":
    main()
