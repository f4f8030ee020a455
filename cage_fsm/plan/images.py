"""Whether images exist, and which one a task would run. Only ECR is asked."""

from collections.abc import Mapping
from typing import Any

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.images import Reference, parse, platform_of
from cage_fsm.plan.asking import NO_ANSWER, Asking
from cage_fsm.plan.shapes import Image, OldImage, Said

Json = Mapping[str, Any]

GONE = frozenset({"ImageNotFound", "ImageNotFoundException", "NoSuchPlatform", "RepositoryNotFoundException"})
"""What ECR says of an image that is not there, and what is said of one for other platforms only."""


def images(aws: Aws, asking: Asking, definition: Json) -> list[Image]:
    """The image of each container of a task definition."""
    return [_image(aws, asking, each, definition) for each in definition.get("containerDefinitions", [])]


def stands_for(aws: Aws, asking: Asking, image: str, definition: Json) -> tuple[str, str]:
    """The digest behind a reference, and the one that runs: of an index, that of the image in it.

    Of a task that runs, ECS shows the one or the other. Raises what an answer is raised instead of.
    """
    reference, platform = parse(image), platform_of(definition)
    of = reference.registry
    top = asking.once(f"manifest of {image}", lambda: aws.ecr.manifest(reference), of)
    runs = asking.once(f"image of {image} {platform}", lambda: aws.ecr.child(reference, top, platform), of)
    return top.digest, runs


def old_images(aws: Aws, asking: Asking, definition: Json, running: Mapping[str, str]) -> list[OldImage]:
    """The images of the revision that runs; `running` has the digest of each container that shows one."""
    return [
        _old(aws, asking, each, definition, running.get(str(each.get("name"))))
        for each in definition.get("containerDefinitions", [])
    ]


def _image(aws: Aws, asking: Asking, container: Json, definition: Json) -> Image:
    name, image = _named(container)
    reference = parse(image)
    if not reference.in_ecr:
        return Image(name, image, "not in ECR", reference.digest or None, _elsewhere(reference))
    try:
        _, found = stands_for(aws, asking, image, definition)
    except NO_ANSWER as error:
        said, words = _why(asking, error)
        return Image(name, image, said, None, words)
    return Image(name, image, "exists", found, "")


def _old(aws: Aws, asking: Asking, container: Json, definition: Json, digest: str | None) -> OldImage:
    name, image = _named(container)
    reference = parse(image)
    if not reference.in_ecr:
        return OldImage(name, image, digest, "not in ECR", moved=False, words=_elsewhere(reference))
    try:
        if digest:
            there = reference.at(digest)
            asking.once(f"manifest of {there}", lambda: aws.ecr.manifest(there), reference.registry)
        moved = digest not in (None, *stands_for(aws, asking, image, definition))
    except NO_ANSWER as error:
        said, words = _why(asking, error)
        return OldImage(name, image, digest, said, moved=False, words=words)
    return OldImage(name, image, digest, "exists", moved=moved, words="")


def _named(container: Json) -> tuple[str, str]:
    return str(container.get("name", "")), str(container.get("image", ""))


def _elsewhere(reference: Reference) -> str:
    return f"its registry, {reference.registry or 'Docker Hub'}, was not asked"


def _why(asking: Asking, error: Exception) -> tuple[Said, str]:
    said, words = asking.why(error)
    gone = isinstance(error, AwsSaidNo) and error.code in GONE
    return "missing" if gone else said, words
