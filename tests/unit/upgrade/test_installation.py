"""By the traces that installers leave it is known what upgrades the program."""

import json
from importlib.metadata import Distribution
from pathlib import Path

import pytest

from cage_fsm.upgrade.installation import Place, installation

PYTHON = "/opt/tools/cage-fsm/bin/python"
CHECKOUT = {"url": "file:///home/me/my%20cage", "dir_info": {"editable": True}}
REPOSITORY = {"url": "https://git.example/cage-fsm", "vcs_info": {"vcs": "git", "commit_id": "abc"}}
WHEEL = {"url": "https://files.example/cage_fsm-0.1.0.whl", "archive_info": {}}
PIPX = {"main_package": {"package": "cage-fsm"}, "pipx_metadata_version": "0.5"}
PIP = (PYTHON, "-m", "pip", "install", "--upgrade")


@pytest.mark.parametrize(
    ("traces", "way", "command", "may_run"),
    [
        ({"INSTALLER": "pip\n"}, "pip", (*PIP, "cage-fsm"), True),
        ({"INSTALLER": "pip", "pipx_metadata.json": PIPX}, "pipx", ("pipx", "upgrade", "cage-fsm-2"), True),
        (
            {"INSTALLER": "uv", "uv-receipt.toml": '[tool]\nrequirements = [{ name = "cage-fsm" }]'},
            "uv tool",
            ("uv", "tool", "upgrade", "cage-fsm-2"),
            True,
        ),
        (
            {"INSTALLER": "pip", "pipx_metadata.json": {"main_package": {"package": "ansible"}}},
            "pipx",
            ("pipx", "upgrade", "--include-injected", "cage-fsm-2"),
            False,
        ),
        (
            {"INSTALLER": "pip", "direct_url.json": CHECKOUT},
            "editable, from /home/me/my cage",
            ("git", "-C", "/home/me/my cage", "pull"),
            False,
        ),
        (
            {"INSTALLER": "pip", "direct_url.json": REPOSITORY},
            "from https://git.example/cage-fsm",
            (*PIP, "git+https://git.example/cage-fsm"),
            False,
        ),
        (
            {"INSTALLER": "pip", "direct_url.json": WHEEL, "pipx_metadata.json": PIPX},
            "from https://files.example/cage_fsm-0.1.0.whl",
            ("pipx", "install", "--force", "https://files.example/cage_fsm-0.1.0.whl"),
            False,
        ),
        (
            {"INSTALLER": "uv"},
            "uv, in an environment",
            ("uv", "pip", "install", "--python", PYTHON, "--upgrade", "cage-fsm"),
            False,
        ),
        ({"INSTALLER": "conda"}, "conda", (), False),
        ({}, "a way that is not recorded", (), False),
    ],
)
def test_each_way_has_its_command(
    traces: dict[str, object], way: str, command: tuple[str, ...], may_run: bool, tmp_path: Path
) -> None:
    found = installation(*placed(tmp_path, traces, is_the_systems=False))

    assert (found.version, found.way, found.command, found.may_run) == ("0.1.0", way, command, may_run)


def test_the_systems_python_is_left_alone(tmp_path: Path) -> None:
    found = installation(*placed(tmp_path, {"INSTALLER": "pip"}, is_the_systems=True))

    assert found.command == ("pipx", "install", "cage-fsm")
    assert not found.may_run


def placed(place: Path, traces: dict[str, object], *, is_the_systems: bool) -> tuple[Distribution, Place]:
    """An environment with these traces of an installer, and the program in it."""
    prefix = place / "cage-fsm-2"
    info = prefix / "site-packages" / "cage_fsm-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.4\nName: cage-fsm\nVersion: 0.1.0\n", "utf-8")
    for name, content in traces.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (prefix / name if name in ("pipx_metadata.json", "uv-receipt.toml") else info / name).write_text(
            text, "utf-8"
        )
    return Distribution.at(info), Place(prefix, PYTHON, is_the_systems)
