"""The application behind a real port, in this process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from apiflask import APIFlask
from werkzeug.serving import make_server


@contextmanager
def served(app: APIFlask) -> Iterator[str]:
    """The address at which the application answers until the block ends."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
