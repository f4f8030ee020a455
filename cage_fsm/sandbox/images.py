"""Image references and the digests they stand for."""

import hashlib
import json

from cage_fsm.sandbox import scenarios
from cage_fsm.sandbox.image_records import Image
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.world import World


def digest(world: World, image: str) -> str:
    """Return the digest of `repository:tag` or `repository@digest`: always the same until the tag moves."""
    name, _, pinned = image.partition("@")
    if pinned:
        return pinned
    reference = ":".join(split(name))
    found = world.digests.get(reference) or "sha256:" + hashlib.sha256(reference.encode()).hexdigest()
    world.tagged[found] = reference
    return found


def of_tag(world: World, repository: str, tag: str) -> str | None:
    """Return the digest that a tag stands for; None for one that the scenario bad-image names."""
    reference = f"{repository}:{tag}"
    return None if scenarios.of_image(reference) == "bad-image" else digest(world, reference)


def push(world: World, image: str, manifest: Json) -> str:
    """Put a manifest into the registry that a reference names, under its tag; returns its digest."""
    text = json.dumps(manifest)
    found = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    repository, tag = split(image)
    account, _, _ = image.partition(".dkr")
    is_account = account.isdigit()
    media_type = manifest.get("mediaType", "application/vnd.oci.image.manifest.v1+json")
    world.images[found] = Image(account if is_account else world.account, repository, text, media_type)
    world.digests[f"{repository}:{tag}"] = found
    return found


def split(image: str) -> tuple[str, str]:
    """Split a reference into the repository without its registry and the tag (`latest` by default)."""
    head, _, last = image.partition("@")[0].rpartition("/")
    name, _, tag = last.partition(":")
    first, _, rest = head.partition("/")
    is_registry = "." in first or ":" in first or first == "localhost"
    folder = rest if is_registry else head
    return f"{folder}/{name}" if folder else name, tag or "latest"
