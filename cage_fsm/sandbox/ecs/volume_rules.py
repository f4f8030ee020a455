"""Volumes that are configured at launch: managed EBS volumes."""

from cage_fsm.sandbox import words
from cage_fsm.sandbox.errors import invalid
from cage_fsm.sandbox.records import Json, TaskDefinition

_GP = (1, 16384)
_SIZES = {
    "gp2": _GP,
    "gp3": _GP,
    "io1": (4, 16384),
    "io2": (4, 16384),
    "st1": (125, 16384),
    "sc1": (125, 16384),
    "standard": (1, 1024),
}
"""GiB (API reference, TaskManagedEBSVolumeConfiguration)."""


def check(definition: TaskDefinition, params: Json) -> None:
    """Refuse volume configurations that do not fit the task definition, or make no volume."""
    expected = {v["name"] for v in definition.document["volumes"] if v.get("configuredAtLaunch")}
    given = params.get("volumeConfigurations", [])
    for name in sorted(expected - {each["name"] for each in given}):
        raise invalid(words.unconfigured_volume(name))
    if len(given) > 1:
        raise invalid(words.ONE_VOLUME)
    for each in given:
        if each["name"] not in expected:
            raise invalid(words.unknown_volume(each["name"]))
        if "managedEBSVolume" not in each:
            raise invalid(words.unconfigured_volume(each["name"]))
        _check_ebs(each["managedEBSVolume"])


def _check_ebs(volume: Json) -> None:
    if "sizeInGiB" not in volume and "snapshotId" not in volume:
        raise invalid("You must specify either a volume size or a snapshot ID.")
    kind = volume.get("volumeType", "gp3")
    if kind not in _SIZES:
        raise invalid(f"The volume type {kind} is not valid.")
    least, most = _SIZES[kind]
    if not least <= volume.get("sizeInGiB", least) <= most:
        raise invalid(f"The size of a {kind} volume must be between {least} and {most} GiB.")
