"""How gunicorn runs the API: `gunicorn -c backend/gunicorn.conf.py "backend.app:create_app()"`.

Threads, since a call mostly waits for the model component and the database; two processes, so that one that dies or
is replaced does not stop the service. The application is loaded in each worker after the fork, so no connection
and no lock is ever shared between processes.
"""

import os
import shutil
from pathlib import Path
from typing import Any

from backend.config import get_settings

_settings = get_settings()  # a wrong one stops the start here, and not each process again and again

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = _settings.web_workers
threads = _settings.web_threads
preload_app = False

timeout = 60  # of the worker's heartbeat, not of a call: calls have their own deadlines
graceful_timeout = 30
keepalive = 30  # longer than the idle time of the proxy in front, which reuses connections
backlog = 256
control_socket_disable = True  # nothing uses it, and its default place is the home folder of the user
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None

accesslog = None  # the application writes one JSON line per call itself
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "backend.common.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "INFO", "handlers": ["stderr"]},
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": ["stderr"], "propagate": False}},
}

forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")

_metrics_dir = Path(os.environ.get("METRICS_DIR") or _settings.var_dir / "metrics")
# Set here, so that only these processes write there: a command beside them would count as one more process of the API.
# prometheus_client reads this while it is imported, so nothing above may import it.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_metrics_dir.absolute())


def on_starting(server: Any) -> None:
    """Counts of an earlier run would be added to the new ones."""
    shutil.rmtree(_metrics_dir, ignore_errors=True)
    _metrics_dir.mkdir(parents=True, exist_ok=True)


def post_worker_init(worker: Any) -> None:
    """The first call must not wait for the dictionaries."""
    from backend.common.logs import own_process
    from backend.offers.service import warm_up

    own_process()
    warm_up()


def child_exit(server: Any, worker: Any) -> None:
    """Gauges of a dead worker must not live on; its counters stay."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
