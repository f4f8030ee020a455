"""Image references and the digests they stand for."""

import hashlib

from cage_fsm.sandbox.world import World


def digest(world: World, image: str) -> str:
    """Return the digest of `repository:tag` or `repository@digest`: always the same until the tag moves."""
    name, _, pinned = image.partition("@")
    if pinned:
        return pinned
    repository, tag = split(name)
    moved = world.digests.get(f"{repository}:{tag}")
    return moved or "sha256:" + hashlib.sha256(f"{repository}:{tag}".encode()).hexdigest()


def split(image: str) -> tuple[str, str]:
    """Split a reference into the repository without its registry and the tag (`latest` by default)."""
    head, _, last = image.partition("@")[0].rpartition("/")
    name, _, tag = last.partition(":")
    first, _, rest = head.partition("/")
    is_registry = "." in first or ":" in first or first == "localhost"
    folder = rest if is_registry else head
    return f"{folder}/{name}" if folder else name, tag or "latest"
