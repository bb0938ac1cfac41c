"""`python -m backend.launch.backup save|check|restore FILE [options]`: what `make backup` and `make restore` run.

Beside a running system it uses that system's servers; where none runs it starts the embedded PostgreSQL for as long
as it needs it. The work itself is `flask backup`, which containers call directly.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from backend.launch import environment as env
from backend.launch.environment import ROOT, Plan
from backend.launch.errors import LaunchError
from backend.launch.postgres import EmbeddedPostgres
from backend.launch.var_dir import claim, is_claimed

USAGE = "usage: python -m backend.launch.backup save|check|restore FILE [options]"
NO_REDIS = "unix:///none"


def main(arguments: list[str]) -> int:
    if len(arguments) < 2 or arguments[0] not in ("save", "check", "restore"):
        sys.stderr.write(f"{USAGE}\n")
        return 2
    arguments = [arguments[0], str(Path(arguments[1]).absolute()), *arguments[2:]]
    try:
        env.load_dotenv(ROOT / ".env")
        plan = env.read_plan()
        with servers(plan, may_run=arguments[0] != "restore") as environment:
            command = [sys.executable, "-m", "flask", "--app", "backend.app", "backup", *arguments]
            return subprocess.run(command, env=dict(environment), cwd=ROOT, check=False).returncode
    except LaunchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


@contextmanager
def servers(plan: Plan, *, may_run: bool) -> Iterator[Mapping[str, str]]:
    """The environment for the command. Raises LaunchError when a system runs that must not."""
    if is_claimed(plan.var_dir / "lock"):
        if not may_run:
            raise LaunchError(f"В папке {plan.var_dir} работает OfferLoop: остановите его (Ctrl-C) и повторите.")
        yield {**os.environ, **addresses(plan.var_dir / "run.env"), **quiet()}
        return
    with claim(plan.var_dir, "backup"):
        if plan.database_url:
            yield offline(plan, plan.settings.database_url)
            return
        server = EmbeddedPostgres(
            plan.var_dir / "postgres", secrets_dir=plan.secrets, log_path=plan.logs / "postgres.log"
        )
        with server:
            yield offline(plan, server.url())


def addresses(path: Path) -> dict[str, str]:
    """What the running system wrote down for commands typed beside it."""
    known = env.read_environment_file(path)
    if "DATABASE_URL" not in known:
        raise LaunchError("Система ещё запускается: повторите, когда она назовёт свой адрес.")
    return known


def offline(plan: Plan, database_url: str) -> dict[str, str]:
    """Nothing but the database is asked for."""
    redis_url = plan.settings.redis_url if plan.redis_url else NO_REDIS
    return {**env.child_environment(plan, database_url, redis_url, plan.settings.model_url), **quiet()}


def quiet() -> dict[str, str]:
    """The steps of migrations are of no interest to who waits for the file."""
    return {"LOG_LEVEL": "WARNING"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
