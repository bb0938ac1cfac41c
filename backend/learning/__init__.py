"""Learning from labels; today only the rank score that orders the candidates of an offer."""
