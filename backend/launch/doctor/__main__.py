"""`python -m backend.launch.doctor`: every check, one after the other. Ends with 1 when something is broken."""

import logging
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain

from backend.app import create_app
from backend.config import Settings
from backend.launch.doctor import configuration, machine, place, servers, work
from backend.launch.doctor.findings import Check, Finding, Findings, Level, broken, note
from backend.launch.doctor.place import Place
from backend.launch.errors import LaunchError


def main() -> int:
    """Print what was found as it is found."""
    counts: Counter[Level] = Counter()
    for finding in examine():
        counts[finding.level] += 1
        say(finding.lines())
    say(summary(counts))
    return 1 if counts[Level.BROKEN] else 0


def examine() -> Iterator[Finding]:
    """Everything about this installation."""
    yield from chain(machine.python(), machine.cores(), machine.memory(), machine.open_files())
    try:
        here = place.find()
    except LaunchError as error:
        yield broken("Настройки", str(error), "исправьте .env или окружение; все настройки — в .env.example")
        return
    yield from _of_files(here)
    if here.settings is None or not here.started:
        yield note("Работа", "OfferLoop не запущен: базу, модель и обработчиков не проверить", "make run")
        return
    yield from _of_running(here, here.settings)


def _of_files(here: Place) -> Findings:
    checks = (
        *(machine.packages, machine.disk, configuration.settings, configuration.secret_files, configuration.network),
        *(configuration.port, configuration.page, configuration.weights, configuration.train_base),
    )
    yield from _all(partial(check, here) for check in checks)


def _of_running(here: Place, settings: Settings) -> Findings:
    database = list(servers.database(settings))
    yield from database
    yield from chain(servers.redis(settings), servers.model(settings), servers.api(here))
    app = create_app(settings)
    logging.disable()  # of the application: the doctor says in its own words what it finds
    with app.app_context():
        answers = all(finding.level != Level.BROKEN for finding in database)
        yield from chain(work.workers(own_machine=here.own_machine), work.jobs(), work.versions() if answers else ())


def _all(checks: Iterable[Check]) -> Findings:
    return chain.from_iterable(check() for check in checks)


def summary(counts: Counter[Level]) -> str:
    """The last line."""
    if not counts[Level.BROKEN] and not counts[Level.WARNING]:
        return "\nВсё в порядке."
    return f"\nСломано: {counts[Level.BROKEN]}, стоит исправить: {counts[Level.WARNING]}."


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
