"""Makes the boto3 clients: region, profile, role, endpoints, one attempt per call."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError
from botocore.session import Session as Session  # noqa: PLC0414 - what `sign_in` gives
from botocore.session import get_session

from cage_fsm.aws.cloudwatch import CloudWatch
from cage_fsm.aws.ec2 import Ec2
from cage_fsm.aws.ecr import Ecr
from cage_fsm.aws.ecs import Ecs
from cage_fsm.aws.elbv2 import Elbv2
from cage_fsm.aws.iam import Iam
from cage_fsm.aws.logs import Logs
from cage_fsm.aws.s3 import S3, WIDTH
from cage_fsm.aws.secretsmanager import SecretsManager
from cage_fsm.aws.ssm import Ssm
from cage_fsm.aws.sts import Sts

# botocore's own retries sleep by a clock that is not ours and hear no signal: the engine asks again.
ONE_ATTEMPT = Config(
    connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 1, "mode": "standard"}
)
# A cancelled CI job is killed 2.5 s after the second signal: a call that was sent counts, answered or not.
IN_A_HURRY = ONE_ATTEMPT.merge(Config(connect_timeout=2, read_timeout=1))

SIDE_BY_SIDE = ONE_ATTEMPT.merge(Config(max_pool_connections=WIDTH, signature_version="s3v4"))

# Over https botocore sends the body in chunks with a checksum behind it, which servers that are not Amazon's
# refuse (storj/gateway-st#89, aws/aws-cli#9214).
PLAIN = Config(request_checksum_calculation="when_required", response_checksum_validation="when_required")

_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
FIRST_REGION = "us-east-1"
"""Where S3 and STS are asked when no region is set; both answer for every other one."""


class NoAccess(Exception):
    """There is no way to AWS as configured: a profile, a region or credentials are missing."""


@dataclass(frozen=True)
class Aws:
    """The services that a run talks to."""

    ecs: Ecs
    elbv2: Elbv2
    ecr: Ecr
    logs: Logs
    sts: Sts
    cloudwatch: CloudWatch
    iam: Iam
    ec2: Ec2
    secretsmanager: SecretsManager
    ssm: Ssm
    region: str
    in_a_hurry: Callable[[], "Aws"]
    """Makes the same once more, with little patience."""


def sign_in(region: str | None = None, profile: str | None = None, assume_role: str | None = None) -> Session:
    """Make the session that every client shares, so that nobody signs in twice.

    `region` None takes the profile's. Endpoints come from AWS_ENDPOINT_URL and the like. Raises NoAccess with
    the mend.
    """
    with _as_configured():
        session = get_session()
        if region:
            session.set_config_variable("region", region)
        if profile:
            session.set_config_variable("profile", profile)
        _require_one_word("The AWS region", session.get_config_variable("region"))
        found = session.get_credentials()
        if found is not None and found.method == "env":
            for name in _KEYS:
                _require_one_word(name, os.environ.get(name))
        if assume_role:
            _assume(session, assume_role)
        if session.get_credentials() is None:
            message = "No AWS credentials were found. Set AWS_PROFILE, or log in with `aws sso login`."
            raise NoAccess(message)
        return session


def connect(session: Session, region: str | None = None) -> Aws:
    """Make the clients. `region` None takes the session's. Raises NoAccess with the mend."""
    with _as_configured():
        made = boto3.Session(botocore_session=session, region_name=region)
        if made.region_name is None:
            message = "No AWS region is set. Give --region, or set AWS_REGION."
            raise NoAccess(message)
        return wrap(made)


def connect_s3(session: Session) -> S3:
    """Make the client for a store. S3 says itself where a bucket is. Raises NoAccess with the mend."""
    with _as_configured():
        found = S3(_s3_client(session, SIDE_BY_SIDE))
        if found.is_amazon_s3:
            return found
        configured = session.get_scoped_config().get("s3") or {}
        # An address such as bucket.localhost leads nowhere, and that is what botocore would make of it.
        path = {} if "addressing_style" in configured else {"s3": {"addressing_style": "path"}}
        return S3(_s3_client(session, SIDE_BY_SIDE.merge(PLAIN).merge(Config(**path))))


def _s3_client(session: Session, config: Config) -> Any:
    return session.create_client("s3", region_name=_region(session), config=config)


def _region(session: Session) -> str:
    found: str | None = session.get_config_variable("region")
    return found or FIRST_REGION


@contextmanager
def _as_configured() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ValueError) as error:  # ValueError: an endpoint without http://
        raise NoAccess(f"AWS cannot be reached as configured: {error}") from error


def wrap(session: Any, config: Config = ONE_ATTEMPT) -> Aws:
    """The services of a boto3 session."""
    return Aws(
        ecs=Ecs(session.client("ecs", config=config)),
        elbv2=Elbv2(session.client("elbv2", config=config)),
        ecr=Ecr(session, config),
        logs=Logs(session, config.merge(Config(connect_timeout=2, read_timeout=3))),  # it may hang
        sts=Sts(session, config),
        cloudwatch=CloudWatch(session, config),
        iam=Iam(session, config),
        ec2=Ec2(session, config),
        secretsmanager=SecretsManager(session, config),
        ssm=Ssm(session, config),
        region=session.region_name,
        in_a_hurry=partial(wrap, session, IN_A_HURRY),
    )


def _require_one_word(what: str, value: str | None) -> None:
    if value and value.split() != [value]:  # no header takes it, which looks like a network that fails
        message = f"{what} has a blank or the end of a line in it; give it without."
        raise NoAccess(message)


def _assume(session: Session, role_arn: str) -> None:
    if not role_arn.startswith("arn:"):
        message = f"{role_arn} is no ARN of a role, such as arn:aws:iam::123456789012:role/deploy."
        raise NoAccess(message)
    source = session.get_credentials()
    if source is None:
        message = f"No AWS credentials were found to assume {role_arn} with."
        raise NoAccess(message)

    def client(service: str, **kwargs: Any) -> Any:
        return session.create_client(service, region_name=_region(session), config=ONE_ATTEMPT, **kwargs)

    fetcher = AssumeRoleCredentialFetcher(
        client, source, role_arn, extra_args={"RoleSessionName": "cage-fsm"}
    )
    session._credentials = DeferredRefreshableCredentials(  # noqa: SLF001 - botocore has no public way
        fetcher.fetch_credentials, "assume-role"
    )
