"""The platform that a task needs, in the words of image indexes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ARCHITECTURES: Mapping[str, str] = {"X86_64": "amd64"}
_WINDOWS_BUILDS: Mapping[str, str] = {
    "2016": "10.0.14393",
    "2019": "10.0.17763",
    "2004": "10.0.19041",
    "20H2": "10.0.19042",
    "2022": "10.0.20348",
    "2025": "10.0.26100",
}
"""What `os.version` of an image begins with (Microsoft, "Windows container version compatibility")."""


@dataclass(frozen=True)
class Platform:
    """As the OCI image index has it. Of Windows `os_version` is the build, without its last number."""

    os: str = "linux"
    architecture: str = "amd64"
    os_version: str = ""

    def __str__(self) -> str:
        return "/".join(filter(None, (self.os, self.architecture, self.os_version)))


def platform_of(definition: Mapping[str, Any], cpu: str = "") -> Platform:
    """The platform of a task definition: Linux on X86_64 unless it says otherwise (developer guide).

    On EC2 one that names no processor runs on any; `cpu` is that of the task, where there is one.
    """
    said = definition.get("runtimePlatform") or {}
    cpu, family = (
        said.get("cpuArchitecture") or cpu.upper() or "X86_64",
        said.get("operatingSystemFamily") or "LINUX",
    )
    architecture = _ARCHITECTURES.get(cpu, cpu.lower())
    if not family.startswith("WINDOWS"):
        return Platform(family.lower(), architecture)
    build = next((build for year, build in _WINDOWS_BUILDS.items() if year in family), "")
    return Platform("windows", architecture, build)
