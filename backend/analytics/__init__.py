"""Quality: what the labels say of the texts, of the confidence and of each model version."""
