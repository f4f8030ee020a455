"""A few of the many things that may befall a run; `make test-crash-double` plays more of them."""

from tests.crash.anything import Anything, settings_for

TestAnything = Anything.TestCase
TestAnything.settings = settings_for(examples=12, steps=12)
