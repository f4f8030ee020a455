"""awaiting_approval: part of the machine; asking for an approval comes with a later version."""

from typing import ClassVar

from cage_fsm.engine.definition import Trigger
from cage_fsm.engine.ports import Outcome
from cage_fsm.engine.run import Run
from cage_fsm.phases.base import Working


class AwaitApproval(Working):
    """No flag of this version leads here; a record that says otherwise ends without going forward."""

    outcomes: ClassVar[frozenset[Trigger]] = frozenset({"approved"})
    needs: ClassVar[frozenset[str]] = frozenset({"observe_canary"})

    def poll(self, run: Run) -> Outcome:  # noqa: ARG002 - the protocol gives it
        """Fail: nobody can decide yet."""
        return Outcome("failed", "This version of cage-fsm cannot record approvals yet.")
