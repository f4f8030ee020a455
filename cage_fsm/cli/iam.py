"""cage-fsm iam: the least-privilege policy."""

import os
import re
import sys
from pathlib import Path

import click

from cage_fsm.checkpoints.errors import StoreAddressError
from cage_fsm.checkpoints.s3_place import S3Place, s3_place
from cage_fsm.cli.driving import app_for
from cage_fsm.cli.options import Globals, global_options
from cage_fsm.deployfiles import DeployFiles
from cage_fsm.iam import PURPOSES, Scope, policy
from cage_fsm.phases.prerequisites import named
from cage_fsm.report.safely import say
from cage_fsm.report.text import as_json_text
from cage_fsm.usage import UsageError

_WILD = re.compile(r"[*?$]")
"""What a policy reads as a pattern or a variable, unless it is written as `${*}` (IAM user guide)."""


def _twelve_digits(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value and re.fullmatch(r"\d{12}", value, re.ASCII) is None:
        message = f"{value[:80]!a} is none: the id of an account has twelve digits."
        raise click.BadParameter(message, context, option)
    return value


@click.command("iam")
@click.argument("directory", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--cluster", help="Only in this cluster; that of service.json unless given.")
@click.option("--service", help="Only for this service; that of service.json unless given.")
@click.option("--account", metavar="ID", callback=_twelve_digits, help="Only in this account.")
@global_options
@click.pass_obj
def command(
    kept: Globals, directory: Path | None, cluster: str | None, service: str | None, account: str | None
) -> int:
    """Print the least-privilege policy: what a permission may be limited to, it is limited to.

    The files in DIR say which service, roles, target groups, log groups and repositories there are; what
    nothing says is `*`. AWS is not asked. With --store s3://BUCKET/PREFIX the store is in it, too. What each
    statement is for is said on stderr: leave out those that you do not need.

    \b
    Examples:
      cage-fsm iam deploy/web --region eu-west-1 --account 123456789012 > policy.json
      cage-fsm iam --cluster prod --service web --store s3://deployments/cage-fsm
    """
    files = app_for(kept).files(directory) if directory else None
    place = {
        "cluster": _name(cluster or (files.cluster or "default" if files else None)),
        "service": _name(service or (files.service_name if files else None)),
        "region": kept.setting("region") or os.environ.get("AWS_REGION") or "*",
        "account": account or "*",
    }
    made = policy(_scope(kept, files, place))
    say([as_json_text(made, indent=2)], sys.stdout)
    sids = [each["Sid"] for each in made["Statement"]]
    used = [name for name in PURPOSES if any(re.match(f"{name}[A-Z]", sid) for sid in sids)]
    say([f"{name}: {PURPOSES[name]}" for name in used], sys.stderr)
    return 0


def _scope(kept: Globals, files: DeployFiles | None, place: dict[str, str]) -> Scope:
    scheme, _, store = (kept.setting("store") or "").partition("://")
    bucket, prefix = _s3_place(store) if scheme.lower() == "s3" else ("", "")
    balancers = files.service.get("loadBalancers", []) if files else []
    things = named(files.service, {}) if files else []
    return Scope(
        **place,
        bucket=bucket,
        prefix=_WILD.sub(r"${\g<0>}", prefix),
        key=kept.setting("sse_kms_key") or "",
        target_groups=[each["targetGroupArn"] for each in balancers if "targetGroupArn" in each],
        service_roles=[each.name for each in things if each.kind == "role"],
        definition=files.task_definition if files else {},
    )


def _s3_place(where: str) -> S3Place:
    try:
        return s3_place(where)
    except StoreAddressError as error:
        raise UsageError(str(error)) from error


def _name(name: str | None) -> str:
    """The name at the end of what may be an ARN."""
    return name.rpartition("/")[2] if name else "*"
