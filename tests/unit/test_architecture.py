"""Which part of the house may know which: the arrows, as they are drawn in CONTRIBUTING and no others."""

import ast
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

import cage_fsm

PACKAGE = Path(cage_fsm.__file__).parent
TESTS = Path(__file__).parents[1]

ARROWS: Mapping[str, frozenset[str]] = {
    "engine": frozenset(),
    "judge": frozenset(),
    "deployfiles": frozenset(),
    "sandbox": frozenset(),
    "clock": frozenset(),
    "data": frozenset(),
    "images": frozenset(),
    "iam": frozenset({"images"}),
    "redaction": frozenset(),
    "known_secrets": frozenset({"redaction"}),
    "usage": frozenset(),
    "aws": frozenset({"engine", "images", "judge"}),
    "checkpoints": frozenset({"aws", "engine"}),
    "report": frozenset({"engine", "judge"}),
    "audit": frozenset({"aws", "engine", "images", "judge", "usage"}),
    "phases": frozenset({"audit", "engine", "aws", "judge", "deployfiles", "known_secrets", "redaction"}),
    "sweep": frozenset({"engine", "aws", "judge", "phases"}),
    "plan": frozenset(
        {"aws", "deployfiles", "engine", "images", "judge", "phases", "redaction", "report", "usage"}
    ),
    "upgrade": frozenset({"engine"}),
    "probe": frozenset({"redaction"}),
    "interrupts": frozenset(),
    "signals": frozenset({"clock", "engine", "interrupts"}),
    "answers": frozenset({"engine", "phases", "usage"}),
    "archive": frozenset({"engine", "phases", "usage"}),
    "continuation": frozenset({"aws", "engine", "phases", "deployfiles", "usage"}),
    "watching": frozenset({"engine", "report", "usage"}),
    "preview": frozenset({"audit", "engine", "phases", "aws", "deployfiles", "usage"}),
    "driver": frozenset(
        {
            *("answers", "aws", "clock", "deployfiles", "engine", "phases", "preview", "probe", "redaction"),
            *("report", "signals"),
        }
    ),
    "app": frozenset(
        {
            *("answers", "archive", "aws", "checkpoints", "clock", "continuation", "data", "deployfiles"),
            *("driver", "engine", "judge", "known_secrets", "phases", "plan", "redaction", "signals"),
            *("sweep", "usage", "watching"),
        }
    ),
    "cli": frozenset(
        {
            *("answers", "app", "archive", "audit", "aws", "checkpoints", "clock", "data", "deployfiles"),
            *("driver", "engine", "iam", "interrupts", "judge", "known_secrets", "phases", "plan", "preview"),
            *("redaction", "report", "sandbox", "sweep", "upgrade", "usage"),
        }
    ),
}
"""What each part imports of the others. The package itself (`__version__`) is everybody's."""

DOORS: Mapping[str, frozenset[str]] = {
    "aws": frozenset({"ports"}),
    "checkpoints": frozenset({"ports"}),
    "report": frozenset({"definition", "durations", "holdings", "ports", "record"}),
    "audit": frozenset({"asking", "definition", "ports"}),
    "phases": frozenset({"definition", "durations", "ports", "record", "run", "verify"}),
    "plan": frozenset({"asking", "claims", "definition", "ports", "record"}),
    "sweep": frozenset({"asking", "claims", "owner", "ports", "record"}),
    "upgrade": frozenset({"owner", "record"}),
}
"""Which modules of the engine a part may import that does not drive runs."""

HOMES: Mapping[str, tuple[str, ...]] = {
    "boto3": ("aws/clients.py",),
    "botocore": ("aws/", "deployfiles/", "sandbox/"),
    "diskcache": ("checkpoints/",),
    "transitions": ("engine/machine.py",),
    "rich": ("report/",),
    "click": ("cli/",),
    "packaging": ("upgrade/",),
}
"""The only places that import a library."""


@cache
def modules() -> dict[str, Path]:
    """Every module of the package by its name."""
    names = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = ("cage_fsm", *file.relative_to(PACKAGE).with_suffix("").parts)
        names[".".join(part for part in parts if part != "__init__")] = file
    return names


@cache
def imports(file: Path) -> frozenset[str]:
    """What `file` imports, wherever in it; `from package import module` names the module."""
    known, found = modules(), set[str]()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            full = {f"{module}.{alias.name}" for alias in node.names}
            found |= {name if name in known or "mock" in name else module for name in full}
    return frozenset(found)


def part_of(module: str) -> str:
    """The part of the house that a module is in; the package itself is none."""
    return module.split(".")[1] if "." in module else ""


def of_ours(file: Path) -> set[str]:
    return {name for name in imports(file) if name.partition(".")[0] == "cage_fsm"}


@pytest.mark.parametrize("part", ARROWS)
def test_a_part_imports_what_its_arrows_say_and_no_more(part: str) -> None:
    known = {
        part_of(name)
        for module, file in modules().items()
        if part_of(module) == part
        for name in of_ours(file)
    } - {part, ""}

    assert known == ARROWS[part]


def test_every_part_has_its_arrows() -> None:
    assert {part_of(module) for module in modules()} - {""} == set(ARROWS)


def test_the_arrows_point_one_way() -> None:
    settled = set[str]()
    while ready := {part for part, needs in ARROWS.items() if needs <= settled} - settled:
        settled |= ready

    assert settled == set(ARROWS)


@pytest.mark.parametrize("part", DOORS)
def test_a_part_that_drives_no_run_knows_only_some_of_the_engine(part: str) -> None:
    of_engine = {
        name.split(".")[2]
        for module, file in modules().items()
        if part_of(module) == part
        for name in of_ours(file)
        if part_of(name) == "engine"
    }

    assert of_engine == DOORS[part]


def test_no_module_imports_itself_through_others() -> None:
    known = modules()
    needs = {module: of_ours(file) & set(known) - {module} for module, file in known.items()}
    settled = set[str]()
    while ready := {module for module in needs if needs[module] <= settled} - settled:
        settled |= ready

    assert set(known) - settled == set()


@pytest.mark.parametrize("library", HOMES)
def test_a_library_is_imported_at_home_only(library: str) -> None:
    users = {
        str(file.relative_to(PACKAGE))
        for file in modules().values()
        if any(name.partition(".")[0] == library for name in imports(file))
    }

    assert users
    assert {user for user in users if not user.startswith(HOMES[library])} == set()


def test_no_module_is_imported_relatively() -> None:
    assert {
        str(file) for file in modules().values() if any(name.startswith(".") for name in imports(file))
    } == set()


def test_nothing_is_patched_in_a_test() -> None:
    patched = {
        str(file.relative_to(TESTS))
        for file in TESTS.rglob("*.py")
        if any(name.startswith(("unittest.mock", "mock")) for name in imports(file))
    }

    assert patched == set()


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_and_version_answer_without_loading_what_is_slow(flag: str) -> None:
    slow = ("boto3", "botocore", "diskcache", "pydantic", "rich", "transitions")
    program = (
        "import sys\n"
        "from cage_fsm.cli import main\n"
        f"code = main([{flag!r}])\n"
        f"print('loaded:', *[name for name in {slow!r} if name in sys.modules])\n"
        "sys.exit(code)"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines()[-1].rstrip() == "loaded:"
