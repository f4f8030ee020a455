"""What a rollout would do, found out without touching anything.

Each check answers by itself, or says why it cannot: none that fails hides the others.

    asking      asks each question once, patiently, and keeps what was not answered
    changes     what the task definition, the service and the images would be otherwise
    refusing    what the rollout would be refused for, by the very functions of `validating`
    images      whether the images exist, and which one would run
    things      whether roles, secrets, parameters and log groups exist
    way_back    whether the service could be sent back
    times       the states on the way, with the times that they are expected to take
    planning    the story of all that, and its result: a Plan
"""
