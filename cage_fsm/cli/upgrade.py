"""cage-fsm upgrade: to the newest version, in the way that it was installed."""

import os
import shlex
import subprocess
import sys
from typing import TextIO

import click

from cage_fsm.cli.driving import app_for
from cage_fsm.cli.options import Globals, global_options
from cage_fsm.cli.trouble import FAILED, HELD, INTERRUPTED
from cage_fsm.engine.record import Record
from cage_fsm.report.safely import say
from cage_fsm.report.text import as_json_text, clean
from cage_fsm.upgrade.in_use import in_the_way
from cage_fsm.upgrade.installation import NAME, Installation, this_installation
from cage_fsm.upgrade.package_index import IndexTroubleError, index_url, is_newer, newest, without_login

_ASK = f"from importlib.metadata import version; print(version({NAME!r}))"


@click.command("upgrade")
@click.option("--check", is_flag=True, help="Only say what is installed, and what is the newest.")
@global_options
@click.pass_obj
def command(kept: Globals, *, check: bool) -> int:
    """Upgrade to the newest version on the package index, in the way it was installed.

    pip, `pipx upgrade` or `uv tool upgrade` is run, and shows what it does. An installation that is another's
    (an editable one, from an address, of the system, of a lock file) is left alone: the command to type is
    named instead, exit 1. Refused (exit 5) while this installation drives a run of this store.

    The index is that of PIP_INDEX_URL, for uv of UV_DEFAULT_INDEX or UV_INDEX_URL, or else PyPI; one that
    does not answer is 1, with nothing changed. Pre-releases, yanked releases and those for another Python do
    not count. --check exits with 0 whether or not there is a newer version, which --json says.

    \b
    Examples:
      cage-fsm upgrade --check
      cage-fsm upgrade
    """
    here = this_installation()
    if here is None:
        return _failed("cage-fsm is not installed here: it runs from its source. Nothing was changed.")
    index = index_url(os.environ, of_uv=here.way.startswith("uv"))
    shown = without_login(index)
    try:
        found = newest(index, NAME)
    except IndexTroubleError as error:
        return _failed(f"{error} {here.version} is installed; nothing was changed.")
    newer, stream = is_newer(found, here.version), _words_to(kept)
    say([_compared(here, found, shown)], stream)
    if newer and check:
        say([f"To upgrade, {'type cage-fsm upgrade' if here.may_run else _instead(here)}."], stream)
    code = _upgrade(kept, here, str(found)) if newer and not check else 0
    if kept.json:
        known = {"installed": here.version, "newest": found, "newer": newer, "index": shown, "way": here.way}
        upgraded = newer and not check and code == 0
        known |= {"command": shlex.join(here.command), "upgraded": upgraded}
        say([as_json_text(known, indent=2)], sys.stdout)
    return code


def _compared(here: Installation, found: str | None, index: str) -> str:
    newest = f"the newest on {index} is {found}" if found else f"there is no release for use on {index}"
    return clean(f"cage-fsm {here.version} is installed ({here.way}); {newest}.")


def _upgrade(kept: Globals, here: Installation, wanted: str) -> int:
    if not here.may_run:
        return _failed(f"This installation ({here.way}) is not upgraded from here: {_instead(here)}.")
    unfinished = (each for each in app_for(kept).archive.records() if isinstance(each, Record))
    if found := in_the_way(unfinished):
        return _failed(_in_use(*found), HELD)
    typed, stream = shlex.join(here.command), _words_to(kept)
    say([f"$ {typed}"], stream)
    try:
        # From here on the files of this very program may be others: what is needed has been loaded.
        code = subprocess.run(here.command, stdout=stream.fileno(), check=False).returncode
        return _proved(typed, code, wanted, stream)
    except KeyboardInterrupt:
        return _failed(f"Interrupted. `{typed}` may have been broken off: type it again.", INTERRUPTED)
    except OSError as error:
        return _failed(f"{here.command[0]} cannot be run ({error.strerror}): type {typed} yourself.")


def _instead(here: Installation) -> str:
    return f"type {shlex.join(here.command)}" if here.command else "upgrade it with what installed it"


def _proved(typed: str, code: int, wanted: str, stream: TextIO) -> int:
    now = _installed_now()
    if code:
        return _failed(f"`{typed}` ended with {code}; {now or 'nothing'} is installed.")
    if not now or is_newer(wanted, now):
        return _failed(f"`{typed}` ended well, but {now or 'nothing'} is installed. Is the version pinned?")
    say([f"cage-fsm {now} is installed now."], stream)
    return 0


def _in_use(record: Record, is_certain: bool) -> str:  # noqa: FBT001 - as in_the_way says it
    drives = "is driven by" if is_certain else "may be driven by"
    return (
        f"Run {record.id} {drives} this installation ({record.owner}), and nothing was changed. Wait for its "
        f"end with `cage-fsm watch {record.id}`; if its process is dead, end it with `cage-fsm resume "
        f"{record.id}` or `cage-fsm rollback {record.id}`."
    )


def _installed_now() -> str:
    asked = (sys.executable, "-P", "-c", _ASK)
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _words_to(kept: Globals) -> TextIO:
    return sys.stderr if kept.json else sys.stdout


def _failed(words: str, code: int = FAILED) -> int:
    say([f"cage-fsm: {clean(words)}"], sys.stderr)
    return code
