"""docs/from-canarycage.md, walked: what it says of flags, variables, files and permissions is so."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from cage_fsm.cli.group import VERBS
from cage_fsm.cli.group import cage_fsm as program
from cage_fsm.cli.options import Globals
from cage_fsm.cli.rollout_inputs import inputs_of
from cage_fsm.deployfiles import DeployFileError, DeployFiles, read
from cage_fsm.deployfiles.parsing import parse
from cage_fsm.iam import ACTIONS
from cage_fsm.phases.validate import DEFAULTS

from .desk import Desk

PAGE = (Path(__file__).parents[2] / "docs" / "from-canarycage.md").read_text("utf-8")
ENVIRONMENT = {
    "TAG": "v2",
    "QUOTED": 'say "hi"',
    "PATH_IN": "C:\\new",
    "NESTED": "${TAG}",
    "EMPTY": "",
    "COUNT": "2",
    "LIST": "[1]",
}
GLOBAL: dict[str, tuple[str, Callable[[Globals], bool]]] = {
    "--region": ("eu-west-1", lambda kept: kept.setting("region") == "eu-west-1"),
    "--ci": ("true", lambda kept: not kept.asks),
    "--no-color": ("true", lambda kept: kept.no_color),
}
LANDS: dict[str, tuple[str, str, Any]] = {
    "--cluster": ("other", "cluster", "other"),
    "--service": ("other", "service", "other"),
    "--taskDefinitionArn": ("web:3", "task_definition", "web:3"),
    "--canaryTaskIdleDuration": ("40", "bake", 40),
    "--canaryInstanceArn": ("i-0abc", "canary_instance", "i-0abc"),
    "--taskRunningTimeout": ("40", "launch", 40),
    "--taskHealthCheckTimeout": ("40", "healthy", 40),
    "--taskStoppedTimeout": ("40", "stop", 40),
    "--serviceStableTimeout": ("40", "stable", 40),
}
"""An example of a value, the field or the duration of the inputs that it sets, and what it is there."""
DEFINITION = '{"family": "web", "containerDefinitions": [{"name": "web", "image": "web:1"}]}'
TYPED, BALANCED = (
    '{"desiredCount": "2"}',
    '{"loadBalancers": [{"containerName": "app", "containerPort": 80}]}',
)
FILE_RULES = {
    "a field that the API": ("service.json", '{"serviceNam": "web"}'),
    "fields that AWS fills": ("task-definition.json", DEFINITION.replace("{", '{"revision": 7, ', 1)),
    "the output of": ("task-definition.json", f'{{"taskDefinition": {DEFINITION}, "tags": []}}'),
    "`Family` for": ("task-definition.json", DEFINITION.replace("family", "Family")),
    "a field twice": ("task-definition.json", DEFINITION.replace("{", '{"family": "web", ', 1)),
    "`null`": ("task-definition.json", DEFINITION.replace("{", '{"cpu": null, ', 1)),
    "a value of the wrong": ("service.json", TYPED),
    "a load balancer's": ("service.json", BALANCED),
}
"""By how a row begins: the file, and an example of it."""
FILES = DeployFiles(Path(), {"cluster": "file", "serviceName": "file"}, {}, "")


def table(section: str, first_header: str) -> list[list[str]]:
    """The rows of the table of a section whose first column has this header."""
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    lines = iter(text.splitlines())
    next(line for line in lines if line.startswith(f"| {first_header}"))
    next(lines)
    return list(_rows(lines))


def _rows(lines: Iterator[str]) -> Iterator[list[str]]:
    for line in lines:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split(" | ")]


def code(cell: str) -> str:
    """The first piece of code in a cell."""
    found = re.search(r"`([^`]*)`", cell)
    return found[1] if found else ""


FLAGS = {code(row[0]): row for row in table("Flags", "canarycage")}


def typed(*words: str, before: tuple[str, ...] = ()) -> tuple[Globals, dict[str, Any]]:
    """What the program understands, up to where it would begin."""
    group = program.make_context("cage-fsm", [*before, "rollout", "deploy", *words])
    _, command, rest = program.resolve_command(group, [*group._protected_args, *group.args])
    assert isinstance(command, click.Command)
    context = command.make_context("rollout", rest, parent=group)
    return context.ensure_object(Globals), context.params


def landed(*words: str) -> dict[str, Any]:
    inputs = inputs_of(FILES, typed(*words)[1])
    return inputs.model_dump() | {str(name): seconds for name, seconds in inputs.durations.items()}


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for row in FLAGS.values():
        monkeypatch.delenv(code(row[2]), raising=False)


def test_the_table_of_flags_is_whole() -> None:
    assert FLAGS.keys() == GLOBAL.keys() | LANDS.keys() | {"--updateService"}


@pytest.mark.parametrize("flag", LANDS)
def test_a_flag_lands_in_every_spelling_and_beats_its_variable_which_beats_the_file(
    flag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    value, name, expected = LANDS[flag]
    by_file = landed().get(name)
    _, ours, variable = (code(cell) for cell in FLAGS[flag][:3])

    assert (
        landed(flag, value)[name] == landed(ours, value)[name] == landed(f"{flag}={value}")[name] == expected
    )

    monkeypatch.setenv(variable, value)
    assert landed()[name] == expected
    monkeypatch.setenv(variable, value.replace("40", "50").replace("other", "else"))
    assert landed(flag, value)[name] == expected
    monkeypatch.setenv(variable, "")
    assert landed().get(name) == by_file


@pytest.mark.parametrize("flag", GLOBAL)
def test_a_global_flag_works_before_and_after_the_verb(flag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value, holds = GLOBAL[flag]
    words = (flag, value) if flag == "--region" else (flag,)

    assert holds(typed(*words)[0])
    assert holds(typed(before=words)[0])
    if flag != "--no-color":  # rich looks at NO_COLOR itself
        monkeypatch.setenv(code(FLAGS[flag][2]), value)
        assert holds(typed()[0])


@pytest.mark.parametrize("flag", [flag for flag, row in FLAGS.items() if row[4].isdecimal()])
def test_a_time_unless_set_is_as_said_and_0_is_so_for_timeouts(flag: str) -> None:
    name = LANDS[flag][1]

    assert DEFAULTS[name] == float(FLAGS[flag][4])  # type: ignore[index]
    assert landed(flag, "5m")[name] == 300
    assert landed(flag, "0").get(name) == (0 if name == "bake" else None)


@pytest.mark.parametrize(
    "how", ["--updateService", "--update-service", "CAGE_UPDATE_SERVIEC", "CAGE_UPDATE_SERVICE"]
)
def test_updating_the_service_is_heard_in_every_spelling(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not how.startswith("--"):
        monkeypatch.setenv(how, "true")

    assert landed(*[how] * how.startswith("--"))["update_service"] is True
    assert landed()["update_service"] is not how.startswith("--")


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("up", ["--taskDefinitionArn=web:1", "--canaryTaskIdleDuration", "9", "--serviceStableTimeout", "9"]),
        ("run", ["--taskRunningTimeout", "9", "--taskStoppedTimeout", "9", "web", "ls"]),
        ("audit", ["--detail", "--json"]),
    ],
)
def test_the_other_commands_take_canarycages_flags_as_well(verb: str, words: list[str]) -> None:
    places = [word for flag in ("--region", "--cluster") for word in (flag, "x")]
    group = program.make_context("cage-fsm", ["--ci", "--no-color", verb, *places, "deploy", *words])
    _, command, rest = program.resolve_command(group, [*group._protected_args, *group.args])
    assert isinstance(command, click.Command)
    given = command.make_context(verb, rest, parent=group).params

    assert given["cluster"] == "x"
    assert given.get("timeout") == (9 if verb == "run" else None)


def test_canarycages_spellings_are_in_no_help(desk: Desk) -> None:
    shown = desk.type("rollout", "--help").out

    for flag, row in FLAGS.items():
        assert code(row[1]) in shown
        assert code(row[1]) == flag or flag not in shown


def test_the_commands_that_are_there_are_those_that_the_page_says() -> None:
    for _, ours, _ in table("Commands", "canarycage"):
        assert not code(ours) or code(ours).split()[1] in VERBS


@pytest.mark.parametrize("row", table("Files", "written"), ids=lambda row: code(row[0]))
def test_a_variable_becomes_what_the_page_says(row: list[str]) -> None:
    written, expected = code(row[0]), code(row[2])
    if expected:
        assert parse("f.json", written, ENVIRONMENT).value == json.loads(expected)
    else:
        assert row[2] == "refused"
        with pytest.raises(DeployFileError):
            parse("f.json", written, ENVIRONMENT)


@pytest.mark.parametrize("row", table("Files", "the file has"), ids=lambda row: row[0])
def test_a_file_is_read_or_refused_as_the_page_says(row: list[str], tmp_path: Path) -> None:
    (tmp_path / "service.json").write_text('{"serviceName": "web"}')
    (tmp_path / "task-definition.json").write_text(DEFINITION)
    name, content = next(rule for words, rule in FILE_RULES.items() if row[0].startswith(words))
    (tmp_path / name).write_text(content)
    if row[2].startswith("refused"):
        with pytest.raises(DeployFileError, match=r"\.json:\d+"):
            read(tmp_path, {})
    else:
        assert read(tmp_path, {}).task_definition == json.loads(DEFINITION)


def test_the_exit_codes_are_those_of_the_readme() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    ours = re.findall(
        r"^\| (\d+) \|", readme.partition("## Exit codes")[2].partition("\n## ")[0], re.MULTILINE
    )

    assert [row[0] for row in table("Exit codes", "code")] == ours


def test_the_permissions_are_those_of_the_printed_policy() -> None:
    of_later_verbs = {"Sweep", "Store", "StoreKey"}
    ours = {each.name for each in ACTIONS if each.purpose not in of_later_verbs}
    *needed, gone = (set(re.findall(r"`(\w+:\w+)`", row[1])) for row in table("Permissions", ""))

    assert set.union(*needed) == ours
    assert not gone & ours
