"""What a model version is worth, with everything that stands between it and a client: the report of `make eval`."""
