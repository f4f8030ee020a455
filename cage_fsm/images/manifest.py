"""What a manifest says: an image of its own, or an index of images for several platforms."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cage_fsm.images.platform import Platform

MEDIA_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.v1+json",
)
"""Every kind of manifest there is; the first two are indexes."""

_UNKNOWN = "unknown"
"""The platform of an attestation, which is no image (BuildKit, "Image attestation storage")."""


@dataclass(frozen=True)
class Child:
    """An entry of an index; its platform is empty where none is said."""

    digest: str
    is_index: bool
    os: str
    architecture: str
    os_version: str
    variant: str

    @property
    def platform(self) -> str:
        """As people write it."""
        return "/".join(filter(None, (self.os, self.architecture, self.variant, self.os_version)))

    def fits(self, wanted: Platform) -> bool:
        """Whether it is for this platform, or does not say for which one it is."""
        if not self.platform:
            return True
        same = (self.os, self.architecture) == (wanted.os, wanted.architecture)
        return same and (not self.os_version or self.os_version.startswith(wanted.os_version))


@dataclass(frozen=True)
class Manifest:
    """A manifest by its digest. `children` is None for an image, which has none."""

    digest: str
    children: tuple[Child, ...] | None = None

    def for_platform(self, wanted: Platform) -> list[Child]:
        """The entries that fit, those that say so first; of several variants the one that needs least."""
        fitting = [child for child in self.children or () if child.fits(wanted)]
        return sorted(fitting, key=lambda child: (not child.platform, child.variant))

    @property
    def platforms(self) -> str:
        """What there is, for people."""
        said = dict.fromkeys(child.platform for child in self.children or () if child.platform)
        return ", ".join(said) or "none"


def read(text: str, digest: str) -> Manifest:
    """Read a manifest. Raises ValueError when it is not JSON, or not of the shape of one."""
    found = json.loads(text)
    if not isinstance(found, Mapping):
        message = "it is no JSON object"
        raise ValueError(message)  # noqa: TRY004 - a value, not a mistake of ours
    if "manifests" not in found:
        return Manifest(digest)
    return Manifest(digest, tuple(_child(each) for each in found["manifests"] or () if _is_image(each)))


def _is_image(entry: Mapping[str, Any]) -> bool:
    return (entry.get("platform") or {}).get("os") != _UNKNOWN and "artifactType" not in entry


def _child(entry: Mapping[str, Any]) -> Child:
    platform = entry.get("platform") or {}
    return Child(
        digest=entry.get("digest", ""),
        is_index=entry.get("mediaType") in MEDIA_TYPES[:2],
        os=platform.get("os", ""),
        architecture=platform.get("architecture", ""),
        os_version=platform.get("os.version", ""),
        variant=platform.get("variant", ""),
    )
