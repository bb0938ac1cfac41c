"""Learning from labels: the scores that order the candidates of an offer, model versions and what serves, runs."""
