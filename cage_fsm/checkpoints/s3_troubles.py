"""What S3 refuses for good, in words that name the mend."""

from http import HTTPStatus

from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.checkpoints.envelope import Damaged
from cage_fsm.checkpoints.errors import StoreUnusable
from cage_fsm.checkpoints.s3_place import S3Place
from cage_fsm.engine.ports import Retryable, StoreDown, Suspend, Unreadable

TROUBLES = (AwsSaidNo, Damaged, Retryable, Suspend)

_NAME_ANOTHER = "Name another place with --store or CAGE_STORE."
_REGION = "The region of the bucket could not be found out; give it with --region or AWS_REGION."
_MENDS = {
    "NoSuchBucket": "Create the bucket, or give the name of one that exists with --store or CAGE_STORE.",
    "PermanentRedirect": _REGION,
    "AuthorizationHeaderMalformed": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "RequestTimeTooSkewed": "Set the clock of this machine.",
    "NotImplemented": f"This server cannot keep two writers apart. {_NAME_ANOTHER}",
}
_KMS = (
    "The key of --sse-kms-key has to be enabled and in the bucket's region, and the role needs "
    "kms:GenerateDataKey and kms:Decrypt for it."
)


def status(no: AwsSaidNo) -> int:
    """The HTTP status of a refusal; 0 where none is known."""
    found: int = no.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return found


def is_denied(no: AwsSaidNo) -> bool:
    """Whether it was refused for want of a permission."""
    return status(no) == HTTPStatus.FORBIDDEN


def is_changed(no: AwsSaidNo) -> bool:
    """Whether the condition of a write did not hold."""
    return status(no) == HTTPStatus.PRECONDITION_FAILED


def is_crossed(no: AwsSaidNo) -> bool:
    """Whether two requests for one object crossed each other, which says nothing about either."""
    return status(no) == HTTPStatus.CONFLICT


def is_missing(no: AwsSaidNo) -> bool:
    """Whether there is no such object. No other 404 says so: not that of a bucket, nor that of a proxy."""
    return no.code == "NoSuchKey"


def translated(trouble: Exception, doing: str, place: S3Place, *, under_way: bool) -> Exception:
    """What went wrong while `doing` something, as an error of a store; `under_way` when a run may wait."""
    cannot = f"Cannot {doing} in the store {place}:"
    match trouble:
        case Damaged():
            return Unreadable(
                f"{cannot} {trouble}. Nothing was done with it. Restore an earlier version of the object if "
                "its bucket keeps them, or remove it and look for tasks of unfinished runs: their startedBy "
                "begins with cage-fsm/."
            )
        case AwsSaidNo() if not is_crossed(trouble):
            said = f"{cannot} {trouble.code}: {trouble.message.rstrip('.')}. {_mend(trouble, place)}"
            return StoreDown(said) if under_way else StoreUnusable(said)
        case Suspend():
            return trouble if under_way else StoreUnusable(f"{cannot} {trouble}.")
    return StoreDown(f"{cannot} {trouble}.", unsent=getattr(trouble, "unsent", False))


def _mend(no: AwsSaidNo, place: S3Place) -> str:
    if "kms" in f"{no.code} {no.message}".lower():
        return _KMS
    if no.code in _MENDS:
        return _MENDS[no.code]
    if is_denied(no):
        return (
            f"The role needs s3:ListBucket on the bucket {place.bucket}, and s3:GetObject, s3:PutObject and "
            f"s3:DeleteObject on {place.bucket}/{place.prefix}*."
        )
    return _NAME_ANOTHER
