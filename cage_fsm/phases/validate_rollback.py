"""validating a rollback: the service still runs the revision of the run that is to be undone."""

from cage_fsm.engine.ports import Outcome
from cage_fsm.engine.run import Run
from cage_fsm.judge.seen import short
from cage_fsm.phases.base import Working
from cage_fsm.phases.claiming import baseline_of, claimed_service, identity, refuse
from cage_fsm.phases.facts import Facts, Inputs, learn
from cage_fsm.phases.kinds import primary_of
from cage_fsm.phases.refusals import of_baseline, of_service
from cage_fsm.phases.validate import DEFAULTS


class ValidateRollback(Working):
    """Takes the claim like any run, so that no other run of the service is unfinished."""

    def enter(self, run: Run) -> None:
        """Learn the service, claim it, and refuse unless it runs that run's revision."""
        inputs = Inputs.of(run.record)
        service = claimed_service(self.aws, run)
        baseline = baseline_of(self.aws, run, inputs.baseline or "")
        reasons = [*of_service(service), *of_baseline(baseline)]
        if service.get("taskDefinition") != inputs.task_definition:
            now = short(service.get("taskDefinition", "no known revision"))
            reasons.append(f"The service runs {now} and no longer the revision of run {inputs.of_run}.")
        refuse(reasons)
        learn(
            run,
            **identity(service),
            baseline=inputs.baseline,
            task_definition=inputs.task_definition,
            before=inputs.before,
            deployment=primary_of(service).get("id", ""),
        )
        run.save(durations={**DEFAULTS, **inputs.durations})

    def poll(self, run: Run) -> Outcome:
        """Done: everything was read on entry."""
        facts = Facts.of(run.record)
        return Outcome("done", f"{facts.service_name} runs {short(facts.task_definition)}.")
