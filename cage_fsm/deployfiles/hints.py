"""The mend that ends a sentence: a near match, or the few words that are allowed."""

from collections.abc import Iterable
from difflib import get_close_matches

_FEW = 12


def near(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant; a difference in case alone is the nearest of all."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    matches = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.7)
    return by_lower[matches[0]] if matches else None


def hint(word: str, known: Iterable[str]) -> str:
    """Return how the sentence about an unknown word goes on."""
    words = sorted(known)
    if match := near(word, words):
        return f"; did you mean `{match}`?"
    return f"; known are {listed(words)}" if 0 < len(words) <= _FEW else ""


def listed(words: Iterable[str]) -> str:
    """Return the words as they are listed in a sentence, each in backticks."""
    *most, last = [f"`{word}`" for word in words]
    return f"{', '.join(most)} and {last}" if most else last
