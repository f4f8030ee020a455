"""The machine: a definition, its proofs, a record on disk and the loop that moves it."""
