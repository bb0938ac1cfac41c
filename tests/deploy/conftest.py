"""The API under gunicorn with a page, and a real nginx with our nginx.conf in front of it."""

import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from apiflask import APIFlask

from backend.catalogue import service as catalogue
from backend.common.db import db
from backend.config import Settings
from backend.launch.processes import Child
from tests import factories
from tests.conftest import ROOT

SCRIPT = "export const greeting = 'Здравствуйте';\n" * 200
START_S = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str, verify: ssl.SSLContext | bool = True) -> bool:
    try:
        return httpx.get(url, timeout=2, verify=verify, trust_env=False).status_code < 500
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a build of the page leaves."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "assets").mkdir()
    (folder / "index.html").write_text("<!doctype html><title>OfferLoop</title>", encoding="utf-8")
    (folder / "assets" / "main-abc123.js").write_text(SCRIPT, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def api(
    application: APIFlask, test_settings: Settings, page: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    """gunicorn over the database of the tests, as a container runs it; its port."""
    with application.app_context():
        factories.user_with_role("marketer")
        catalogue.seed_demo()
        db.session.commit()
    port, folder = free_port(), tmp_path_factory.mktemp("api")
    chosen = {
        "DATABASE_URL": test_settings.database_url,
        "REDIS_URL": test_settings.redis_url,
        "MODEL_URL": test_settings.model_url,
        "SECRET_KEY": test_settings.secret_key.get_secret_value(),
        "VAR_DIR": str(folder),
        "PAGE_DIR": str(page),
        "PORT": str(port),
        "PROXIES": "1",
        "COOKIE_SECURE": "true",
        "FORWARDED_ALLOW_IPS": "*",
        "WEB_WORKERS": "1",
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "backend/gunicorn.conf.py", "backend.app:create_app()"]
    child = Child("api", command, folder / "api.log", env={**os.environ, **chosen}, cwd=ROOT)
    child.start()
    try:
        child.wait_ready(lambda: answers(f"http://127.0.0.1:{port}/healthz"), START_S, "the API")
        yield port
    finally:
        child.stop()
        with application.app_context():
            for table in reversed(db.metadata.sorted_tables):
                db.session.execute(table.delete())
            db.session.commit()


@dataclass(frozen=True)
class Proxy:
    """A running nginx: where it is, what it wrote to its log of calls, and the certificate of its HTTPS."""

    url: str
    secure_url: str
    certificate: Path
    log: Path

    def client(self, *, secure: bool = False) -> httpx.Client:
        verify = ssl.create_default_context(cafile=str(self.certificate)) if secure else False
        auth = ("marketer-user", factories.PASSWORD)
        base = self.secure_url if secure else self.url
        return httpx.Client(base_url=base, auth=auth, verify=verify, timeout=20, trust_env=False)


Start = Callable[..., Proxy]


@pytest.fixture(scope="module")
def start_nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """start_nginx(api_port, tls=True) runs nginx with our files, moved to other ports and folders.

    `changes` are made to nginx.conf besides, old text to new; `more` stands beside it as a part of the server.
    """
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed (Debian: apt install nginx-light)")
    running: list[Child] = []

    def start(api_port: int, *, tls: bool = False, more: str = "", changes: Mapping[str, str] = {}) -> Proxy:
        folder, port, secure = tmp_path_factory.mktemp("nginx"), free_port(), free_port()
        moved = {"server api:8000;": f"server 127.0.0.1:{api_port};", "listen 8080;": f"listen 127.0.0.1:{port};"}
        moved |= {"/tmp/": f"{folder}/", "/etc/nginx/tls/": f"{folder}/tls/", **changes}
        config = folder / "nginx.conf"
        config.write_text(replaced((ROOT / "nginx.conf").read_text(encoding="utf-8"), moved), encoding="utf-8")
        certificate = folder / "certificate.pem"
        (folder / "tls").mkdir()
        (folder / "tls" / "more.conf").write_text(more, encoding="utf-8")
        if tls:
            make_certificate(certificate, folder / "key.pem")
            moved = {"listen 8443": f"listen 127.0.0.1:{secure}", "/run/secrets/tls_certificate;": f"{certificate};"}
            moved |= {"/run/secrets/tls_key;": f"{folder}/key.pem;"}
            given = (ROOT / "docker" / "tls.conf").read_text(encoding="utf-8")
            (folder / "tls" / "tls.conf").write_text(replaced(given, moved), encoding="utf-8")
        # root would give its workers another account, for which the folders of the tests are closed
        plain = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
        command = [program, "-c", str(config), "-p", str(folder), "-e", "stderr", "-g", plain]
        child = Child("nginx", command, folder / "nginx.log")
        child.start()
        running.append(child)
        child.wait_ready(lambda: accepts(port), START_S, "nginx")
        return Proxy(f"http://127.0.0.1:{port}", f"https://127.0.0.1:{secure}", certificate, folder / "nginx.log")

    yield start
    for child in running:
        child.stop()


def replaced(content: str, changes: dict[str, str]) -> str:
    """Each change must find its place: a file that was rewritten would otherwise be tested half."""
    for old, new in changes.items():
        assert old in content, old
        content = content.replace(old, new)
    return content


def make_certificate(certificate: Path, key: Path) -> None:
    """A self-signed one for this address."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["-newkey", "rsa:2048", "-nodes", "-days", "1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", "req", "-x509", *made, *subject], check=True, capture_output=True)


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
