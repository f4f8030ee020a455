"""How this program was installed, and the command that upgrades it in the same way."""

import json
import sys
import sysconfig
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

NAME = "cage-fsm"


@dataclass(frozen=True)
class Installation:
    """This program as it is here. `may_run`: the command may be run for the user, who else has to type it."""

    version: str
    way: str
    command: tuple[str, ...]
    may_run: bool = False


@dataclass(frozen=True)
class Place:
    """An environment of Python."""

    prefix: Path
    python: str
    is_the_systems: bool

    @classmethod
    def here(cls) -> "Place":
        """The one that this program runs in. PEP 668 says how the system's is marked."""
        marked = Path(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED").is_file()
        return cls(Path(sys.prefix), sys.executable, marked and sys.prefix == sys.base_prefix)


def this_installation() -> Installation | None:
    """How this program was installed; None if it is run without that."""
    try:
        found = distribution(NAME)
    except PackageNotFoundError:
        return None
    return installation(found, Place.here())


def installation(found: Distribution, place: Place) -> Installation:
    """How `found` was installed in `place`."""
    by_index, anew = _tools(found, place)
    origin = json.loads(found.read_text("direct_url.json") or "{}")  # PEP 610
    if not origin:
        return by_index
    if origin.get("dir_info", {}).get("editable"):
        checkout = unquote(urlsplit(origin["url"]).path)
        return Installation(found.version, f"editable, from {checkout}", ("git", "-C", checkout, "pull"))
    return Installation(found.version, f"from {origin['url']}", (*anew, _spec(origin)) if anew else ())


def _spec(origin: Mapping[str, Any]) -> str:
    kind = origin.get("vcs_info", {}).get("vcs")
    return f"{kind}+{origin['url']}" if kind else str(origin["url"])


def _tools(found: Distribution, place: Place) -> tuple[Installation, tuple[str, ...]]:
    """The installation as if it were from an index, and what installs from another origin."""
    version, name = found.version, place.prefix.name
    if metadata := _read(place.prefix / "pipx_metadata.json"):
        is_main = json.loads(metadata).get("main_package", {}).get("package") == NAME
        words = () if is_main else ("--include-injected",)
        command = ("pipx", "upgrade", *words, name)
        return Installation(version, "pipx", command, may_run=is_main), ("pipx", "install", "--force")
    if receipt := _read(place.prefix / "uv-receipt.toml"):
        is_tool = "tool" in tomllib.loads(receipt)
        command = ("uv", "tool", "upgrade", name)
        return Installation(version, "uv tool", command, may_run=is_tool), (
            "uv",
            "tool",
            "install",
            "--force",
        )
    return _in_an_environment(found, place)


def _in_an_environment(found: Distribution, place: Place) -> tuple[Installation, tuple[str, ...]]:
    version, installer = found.version, (found.read_text("INSTALLER") or "").strip()
    pip = (place.python, "-m", "pip", "install", "--upgrade")
    if installer == "pip" and place.is_the_systems:
        return Installation(version, "pip, in the system's Python", ("pipx", "install", NAME)), pip
    if installer == "pip":
        return Installation(version, "pip", (*pip, NAME), may_run=True), pip
    if installer == "uv":  # perhaps from a lock file, behind whose back nothing should be changed
        uv = ("uv", "pip", "install", "--python", place.python, "--upgrade")
        return Installation(version, "uv, in an environment", (*uv, NAME)), uv
    return Installation(version, installer or "a way that is not recorded", ()), ()


def _read(file: Path) -> str:
    return file.read_text("utf-8") if file.is_file() else ""
