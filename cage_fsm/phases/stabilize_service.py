"""stabilizing_service: our deployment of our revision is complete."""

from cage_fsm.engine.ports import Outcome, Wait
from cage_fsm.engine.run import Run
from cage_fsm.phases import our_deployment
from cage_fsm.phases.base import Working, told


class StabilizeService(Working):
    """Judges the service deployment, never the counts alone: those fit after a rollback, too."""

    def poll(self, run: Run) -> Outcome | Wait:
        """Judge our deployment."""
        return told(our_deployment.judged(self.aws, run), wait_seconds=3)
