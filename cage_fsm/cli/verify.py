"""cage-fsm verify [MACHINE]: the proof of a machine."""

import json
import sys
from pathlib import Path

import click

from cage_fsm.cli.completion import machines
from cage_fsm.cli.machines import machine_file
from cage_fsm.cli.options import Globals, global_options
from cage_fsm.data import data
from cage_fsm.engine.verify import Verified, load
from cage_fsm.phases.registry import PROMISES
from cage_fsm.report.safely import say

_PROVED = (
    "no final state is reached while a canary, a registration or a change of the service is held",
    "no canary is stopped while registered, and none left at rest, before something tried to release it",
    "nothing goes forward, and nothing succeeds, after an abort, a refusal or a failure",
    "nothing goes forward before all that it needs has said done, or without an approval that was asked for",
    "a one-off task is started once and only if it is wanted; nothing goes forward before it has ended well",
    "every final state tells the truth about the service",
    "from everywhere there is a way to an end; if everything fails, the run comes to rest",
    "an abort finds an edge wherever the run could still succeed; every other outcome finds one always",
)


@click.command("verify")
@click.argument("machine", required=False, metavar="[MACHINE]", shell_complete=machines)
@global_options
@click.pass_obj
def command(kept: Globals, machine: str | None) -> int:
    """Prove MACHINE, one that ships with the program or a file, or all that ship, and print the proof.

    \b
    Examples:
      cage-fsm verify rollout
      cage-fsm verify states/rollout.toml
    """
    files = [machine_file(machine)] if machine else sorted(data("states").glob("*.toml"))
    proved = {each: load(each, PROMISES) for each in files}
    if kept.json:
        say([json.dumps([_as_json(each, found) for each, found in proved.items()], indent=2)], sys.stdout)
    else:
        say([line for each, found in proved.items() for line in _lines(each, found)], sys.stdout)
    return 0


def _as_json(file: Path, verified: Verified) -> dict[str, object]:
    definition, proof = verified.definition, verified.proof
    return {
        "machine": definition.machine,
        "file": str(file),
        "digest": definition.digest,
        "states": len(definition.names),
        "edges": len(list(definition.edges())),
        "situations": proof.nodes,
        "steps": proof.hops,
        "paths": proof.paths,
        "proved": list(_PROVED),
    }


def _lines(file: Path, verified: Verified) -> list[str]:
    definition, proof = verified.definition, verified.proof
    walked = (
        f"  Walked for {proof.inputs} combinations of inputs: {proof.nodes} situations, {proof.hops} steps, "
        f"{proof.paths} ways to an end or a rest, not counting aborts and resumes."
    )
    return [
        f"{file}: machine {definition.machine} is proved. Digest {definition.digest[:12]}.",
        f"  {len(definition.names)} states, {len(list(definition.edges()))} edges.",
        walked,
        *(f"  proved: {sentence}" for sentence in _PROVED),
    ]
