"""docs/ci.md and action.yml: every example is one that its system takes, every command and input is there."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cage_fsm import __version__
from cage_fsm.cli.group import VERBS

from .desk import Child, Desk
from .runner import ACTION, install_for
from .test_processes import assert_one_canary_is_over, watched

ROOT = ACTION.parent
PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
EXAMPLES = dict(re.findall(r"```yaml\n# (\S+)\n(.*?)```", PAGE, re.DOTALL))
COMMANDS = sorted({*re.findall(rf"cage-fsm ((?:{'|'.join(VERBS)}) [^|#`;>\n]*)", PAGE)})
SCHEMAS = {".github/workflows/": "vendor.github-workflows", ".gitlab-ci.yml": "vendor.gitlab-ci"}
NEEDS_JQ = pytest.mark.skipif(shutil.which("jq") is None, reason="the example needs jq")


def lint(*words: str | Path) -> None:
    tool = str(Path(sys.executable).with_name(str(words[0])))
    done = subprocess.run([tool, *map(str, words[1:])], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_example_names_its_file() -> None:
    assert len(EXAMPLES) == PAGE.count("```yaml") == 5


def test_the_action_is_one() -> None:
    lint("check-jsonschema", "--builtin-schema", "vendor.github-actions", ACTION)


def test_the_action_and_the_workflows_do_nothing_dangerous(tmp_path: Path) -> None:
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    for name, text in EXAMPLES.items():
        if name.startswith(".github/"):
            (tmp_path / name).write_text(text, "utf-8")

    lint("zizmor", "--offline", "--quiet", "--config", ROOT / "zizmor.yml", ACTION, workflows)


@pytest.mark.parametrize("name", [each for each in EXAMPLES if each != "buildspec.yml"])
def test_an_example_is_what_its_system_takes(name: str, tmp_path: Path) -> None:
    file = tmp_path / Path(name).name
    file.write_text(EXAMPLES[name], "utf-8")
    schema = next(schema for prefix, schema in SCHEMAS.items() if name.startswith(prefix))

    lint("check-jsonschema", "--builtin-schema", schema, file)


def test_the_buildspec_has_the_keys_that_codebuild_knows() -> None:
    spec = yaml.safe_load(EXAMPLES["buildspec.yml"])

    assert spec["version"] == 0.2
    assert spec["env"].keys() <= {"shell", "variables", "parameter-store", "secrets-manager"}
    assert spec["phases"].keys() <= {"install", "pre_build", "build", "post_build"}
    for phase in spec["phases"].values():
        assert phase.keys() <= {"run-as", "on-failure", "runtime-versions", "commands", "finally"}
        assert all(isinstance(each, str) for part in ("commands", "finally") for each in phase.get(part, []))


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_an_example_runs_is_shell(name: str) -> None:
    for script in scripts(yaml.safe_load(EXAMPLES[name])):
        done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_gives_the_action_inputs_that_it_has(name: str) -> None:
    known = yaml.safe_load(ACTION.read_text("utf-8"))["inputs"]
    for node in nodes(yaml.safe_load(EXAMPLES[name])):
        if str(node.get("uses", "")).startswith("OWNER/cage-fsm@"):
            assert node.get("with", {}).keys() <= known.keys()


def test_every_input_and_output_of_the_action_is_on_the_page() -> None:
    action = yaml.safe_load(ACTION.read_text("utf-8"))
    rows = "\n".join(line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `"))

    assert set(re.findall(r"`([a-z-]+)`", rows)) == {*action["inputs"], *action["outputs"]}


def test_every_version_is_this_one() -> None:
    assert set(re.findall(r"cage-fsm(?:@v|==)([\d.]+\d)", PAGE)) == {__version__}


@pytest.mark.parametrize("command", COMMANDS)
def test_our_commands_are_there_with_these_flags(desk: Desk, command: str) -> None:
    verb, *words = shlex.split(command)
    flags = {word.partition("=")[0] for word in words if word.startswith("--")}

    assert flags <= {word.rstrip(",") for word in re.split(r"[\s\[=]", desk.type(verb, "--help").out)}


@pytest.fixture
def typed_in(desk: Desk) -> Callable[[str], subprocess.Popen[str]]:
    """Runs lines of an example in a directory with its deploy files, which has cage-fsm."""
    place = desk.place / "checkout"
    (place / "deploy").mkdir(parents=True)
    (place / "deploy" / "web").symlink_to(desk.deploy)
    path = install_for(desk)

    def run(script: str) -> subprocess.Popen[str]:
        env = os.environ | {"PATH": f"{path}:{os.environ['PATH']}", "CI_JOB_STATUS": "canceled"}
        command = ("bash", "-e", "-o", "pipefail", "-c", script)
        process = subprocess.Popen(command, cwd=place, env=env, stdout=subprocess.PIPE, text=True)
        desk.children.append(Child(process))
        return process

    return run


def test_gitlabs_script_gets_the_signal_and_what_comes_after_finds_the_run(
    desk: Desk, typed_in: Callable[[str], subprocess.Popen[str]]
) -> None:
    job = yaml.safe_load(EXAMPLES[".gitlab-ci.yml"])["web"]
    script = typed_in("\n".join(job["script"]))
    desk.children[-1].until("of the bake time left")
    script.send_signal(signal.SIGTERM)
    assert script.wait(20) == 130
    after = typed_in("\n".join(job["after_script"]))

    assert "nothing is left to undo" in after.communicate(timeout=20)[0]
    assert after.returncode == 0
    assert_one_canary_is_over(desk)


@NEEDS_JQ
def test_the_schedule_undoes_what_was_killed_and_leaves_what_waits_for_an_approval(
    desk: Desk, typed_in: Callable[[str], subprocess.Popen[str]]
) -> None:
    steps = yaml.safe_load(EXAMPLES[".github/workflows/sweep.yml"])["jobs"]["sweep"]["steps"]
    watched(desk, bake="60").kill()
    swept = typed_in(steps[-1]["run"])
    swept.communicate(timeout=20)
    assert (swept.returncode, desk.runs()[0]["outcome"]) == (0, "rolled_back")

    assert desk.rollout("--approval").code == 75
    swept = typed_in(steps[-1]["run"])
    swept.communicate(timeout=20)
    assert (swept.returncode, desk.runs()[0]["state"]) == (0, "awaiting_approval")
    assert desk.type("resume", "last", "--refuse").code == 1


@NEEDS_JQ
def test_codebuilds_finally_undoes_what_was_killed(
    desk: Desk, typed_in: Callable[[str], subprocess.Popen[str]]
) -> None:
    build = yaml.safe_load(EXAMPLES["buildspec.yml"])["phases"]["build"]
    rollout = typed_in("exec " + build["commands"][-1])
    desk.children[-1].until("of the bake time left")
    rollout.kill()
    rollout.wait()
    after = typed_in("\n".join(build["finally"]))
    after.communicate(timeout=20)

    assert after.returncode == 0
    assert desk.runs()[0]["outcome"] == "rolled_back"
    assert_one_canary_is_over(desk)


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in a document."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(inner)


def scripts(document: Any) -> Iterator[str]:
    """What a document has a shell run."""
    for node in nodes(document):
        for key in ("run", "before_script", "script", "after_script", "commands", "finally"):
            said = node.get(key, [])
            if said:
                yield said if isinstance(said, str) else "\n".join(said)
