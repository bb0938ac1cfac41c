"""`make doctor`: what is right and wrong with an installation, in plain words, with the way to mend it.

It only looks: nothing is started, changed or written. It knows installations of `make run`, running or not, and
containers (`docker compose exec api python -m backend.launch.doctor`).
"""
