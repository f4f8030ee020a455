"""Images: what a reference to one says, and what a manifest says of platforms. Nothing here asks anybody."""

from cage_fsm.images.manifest import Manifest
from cage_fsm.images.platform import Platform, platform_of
from cage_fsm.images.reference import Reference, parse

__all__ = ["Manifest", "Platform", "Reference", "parse", "platform_of"]
