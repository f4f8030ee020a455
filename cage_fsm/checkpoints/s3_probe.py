"""Finds out whether a server that is not Amazon S3 keeps two writers apart: some write over in silence."""

import secrets

from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.aws.s3 import S3
from cage_fsm.checkpoints.errors import StoreUnusable
from cage_fsm.checkpoints.s3_place import S3Place
from cage_fsm.checkpoints.s3_troubles import is_changed

MOST_BYTES = 64
"""More than the probe writes."""


def probe(s3: S3, place: S3Place) -> None:
    """Write one object as two writers would, and remove it. Raises StoreUnusable.

    Its name is drawn by lot, so that two probes do not meet, and is neither a run's nor a claim's.
    """
    name = place.name(f"probes/{secrets.token_hex(8)}")
    told = s3.put(place.bucket, name, b"first", IfNoneMatch="*")
    try:
        first = told or s3.get(place.bucket, name, MOST_BYTES).etag  # not every server tells it at once
        s3.put(place.bucket, name, b"second", IfMatch=first)
        for condition in ({"IfNoneMatch": "*"}, {"IfMatch": first}):
            if not _refuses(s3, place, name, condition):
                message = (
                    f"The store cannot be in {place}: {s3.endpoint} writes over what another process wrote "
                    f"({', '.join(condition)} is not obeyed), so it cannot keep two rollouts apart. Name "
                    "another place with --store or CAGE_STORE."
                )
                raise StoreUnusable(message)
    finally:
        s3.delete(place.bucket, name)


def _refuses(s3: S3, place: S3Place, name: str, condition: dict[str, str]) -> bool:
    try:
        s3.put(place.bucket, name, b"third", **condition)
    except AwsSaidNo as no:
        if is_changed(no):
            return True
        raise
    return False
