"""What can be said about texts by rules and counts: fidelity, words, grammar, variety. Pure functions of texts."""
