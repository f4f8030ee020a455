"""States that more than one small machine has, as a file has them. Theirs are the phases `ask` and `undo`."""

ASKING = """\
[state.asking]
does        = "ask"
within      = "approval"
interrupt   = "suspend"
on.approved = "looking"
on.failed   = "aborted"
on.abort    = "aborted"

"""
UNDOING = """\
[state.undoing]
does       = "undo"
within     = "1m"
renew      = true
interrupt  = "continue"
direction  = "back"
acquires   = ["service_change"]
releases   = ["service_change"]
on.done    = "rolled_back"
on.failed  = "resting"

[state.resting]
rests      = 4
on.resumed = "undoing"
on.abort   = "undoing"
"""
