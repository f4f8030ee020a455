"""What a shell completes: ids of runs, and names of machines.

A shell waits for every answer, and shows whatever is printed: nothing here complains, or loads boto3, unless
the store is in S3.
"""

from contextlib import suppress
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from cage_fsm.cli.options import Globals
from cage_fsm.data import data

if TYPE_CHECKING:
    from cage_fsm.aws.s3 import S3

MOST = 20


def run_ids(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:  # noqa: ARG001 - click calls it so
    """The newest runs of the store, each with its state and service, and `last`."""
    with suppress(Exception):
        return _run_ids(context.ensure_object(Globals), begun)
    return []


def machines(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:  # noqa: ARG001 - click calls it so
    """The machines that ship with the program; where none fits, files."""
    names = sorted(file.stem for file in data("states").glob("*.toml") if file.stem.startswith(begun))
    return [CompletionItem(name) for name in names] or [CompletionItem(begun, type="file")]


def _run_ids(kept: Globals, begun: str) -> list[CompletionItem]:
    from cage_fsm.archive import Archive
    from cage_fsm.checkpoints import open_store
    from cage_fsm.clock import RealClock
    from cage_fsm.report import naming

    archive = Archive(open_store(kept.setting("store"), None, lambda: _connect_s3(kept)), RealClock())
    found = [
        CompletionItem(record.id, help=f"{record.state}, {naming.place(record)}")
        for record in archive.newest(begun, MOST)
    ]
    last = CompletionItem("last", help="the run begun last")
    return [last, *found] if "last".startswith(begun) else found


def _connect_s3(kept: Globals) -> "S3":
    from cage_fsm.aws.clients import connect_s3, sign_in

    return connect_s3(sign_in(kept.setting("region"), kept.profile, kept.assume_role))
