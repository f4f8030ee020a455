"""Many of the things that may befall a run, in many orders."""

from tests.crash.anything import Anything, settings_for

TestAnything = Anything.TestCase
TestAnything.settings = settings_for(examples=150, steps=25)
