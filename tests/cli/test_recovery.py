"""docs/recovery.md, walked: the commands that somebody types at night are there, with these flags."""

import re
import shlex
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

from .desk import Desk

PAGE = (Path(__file__).parents[2] / "docs" / "recovery.md").read_text("utf-8")


def commands(program: str) -> list[str]:
    """Every command of a program on the page: a line of an example, or a piece of code."""
    lines = re.findall(rf"^\$ ({program} [^#\n]*)", PAGE, re.MULTILINE)
    return sorted({*map(str.strip, lines), *re.findall(rf"`({program} [^`]*)`", PAGE)})


@pytest.mark.parametrize("command", commands("cage-fsm"))
def test_our_commands_are_there_with_these_flags(desk: Desk, command: str) -> None:
    _, verb, *words = shlex.split(command)
    flags = {word for word in words if word.startswith("--")}
    shown = desk.type(verb, "--help")

    assert shown.code == 0
    assert {flag for flag in flags if flag not in shown.out} == set()


@pytest.mark.parametrize("command", commands("aws"))
def test_the_commands_of_the_aws_cli_are_there_with_these_parameters(command: str) -> None:
    _, service, operation, *words = shlex.split(command)
    model = ServiceModel(Loader().load_service_model(service, "service-2"))
    names = {xform_name(name, "-"): name for name in model.operation_names}
    members = model.operation_model(names[operation]).input_shape.members
    given = {word.removeprefix("--") for word in words if word.startswith("--")}

    assert given - {xform_name(name, "-") for name in members} - {"query"} == set()


def test_the_links_within_the_page_lead_somewhere() -> None:
    titles = re.findall(r"^## (.*)", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", each.lower()).replace(" ", "-") for each in titles}

    assert set(re.findall(r"\]\(#([^)]*)\)", PAGE)) <= anchors
