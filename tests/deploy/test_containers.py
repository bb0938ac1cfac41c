"""What docker-compose.yml and the Dockerfiles promise, read without an engine; `rehearse` runs their commands."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import grimp
import pytest
import yaml

from backend.config import Settings
from tests.conftest import ROOT
from tests.deploy.dockerfile import command, ignored, pairs, parse, patterns_of

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
DOCKERFILES = sorted((ROOT / "docker").glob("*.Dockerfile"))
NOWHERE = {"DATABASE_URL": "postgresql://none/none", "REDIS_URL": "redis://none", "SECRET_KEY": "x" * 32}
EXAMPLE = """\
# comment
FROM python:3.11 AS packages
ARG FLAGS="-DA=ON -DB=OFF"
RUN one \\
    # in between
    && two
FROM packages
ENV PATH=/opt/bin:$PATH \\
    HOST=0.0.0.0
HEALTHCHECK --interval=1s CMD ["true", "a b"]
"""


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined_limited_and_rotates_its_logs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "pids_limit", "restart"} <= service.keys()
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert "/tmp" in {place.partition(":")[0] for place in service["tmpfs"]}


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_tells_whether_it_works_and_nobody_is_root(name: str) -> None:
    service = SERVICES[name]
    image = parse((ROOT / service["build"]["dockerfile"]).read_text(encoding="utf-8"))[-1] if name in OURS else None
    assert "healthcheck" in service or (image and image.last("HEALTHCHECK"))
    user = service.get("user") or (image.last("USER") if image else None)
    assert user is not None
    assert user.partition(":")[0].isdigit(), "a number, which Kubernetes and scanners can check"
    assert int(user.partition(":")[0]) > 0


@pytest.mark.parametrize("name", OURS)
def test_a_machine_of_many_cores_does_not_exhaust_the_limit_of_processes(name: str) -> None:
    """Each process of the API has a thread of OpenBLAS (64 at most) for each core, the others one of OpenMP, too."""
    assert SERVICES[name]["pids_limit"] >= 1024


def test_memory_of_the_proxy_is_more_than_its_folder_and_its_buffers() -> None:
    """What waits in /tmp counts as its memory, and who sends it is outside."""
    conf = (ROOT / "nginx.conf").read_text(encoding="utf-8")

    def number(pattern: str) -> int:
        [found] = re.findall(pattern, conf)
        return int(found)

    [folder] = [re.search(r"size=(\d+)m", place) for place in SERVICES["nginx"]["tmpfs"]]
    assert folder, "without a size it may take half of the machine's memory"
    body = number(r"client_body_buffer_size (\d+)k;")
    answer = number(r"proxy_buffers 8 (\d+)k;") * 8
    callers = number(r"worker_connections (\d+);") * number(r"worker_processes (\d+);") // 2
    limit = int(SERVICES["nginx"]["mem_limit"].removesuffix("m"))
    assert int(folder[1]) + callers * (body + answer) / 1024 < limit
    assert number(r"max_size=(\d+)m") + 2 * number(r"client_max_body_size (\d)m;") < int(folder[1])
    assert "proxy_max_temp_file_size 0;" in conf


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    assert not [name for name, service in SERVICES.items() if {"privileged", "network_mode", "pid"} & service.keys()]


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_come_as_files(name: str) -> None:
    service = SERVICES[name]
    given = service.get("environment", {})
    for secret in service.get("secrets", []):
        assert COMPOSE["secrets"][secret]["file"].endswith(f"/{secret}")
    files = {value.removeprefix("/run/secrets/") for key, value in given.items() if key.endswith("_FILE")}
    assert files <= set(service.get("secrets", []))
    for key, value in given.items():
        if key.endswith(("PASSWORD", "SECRET_KEY")):
            assert value == "" or (name, key) == ("setup", "ADMIN_PASSWORD")


def test_no_password_gets_into_a_log() -> None:
    """What `setup` prints stays in its container's log; what passwords `seed demo` makes up without this, it prints."""
    [_, _, script] = SERVICES["setup"]["command"]
    assert script.endswith("seed demo --only-admin")
    assert "admin_password" in SERVICES["setup"]["secrets"]
    assert [name for name in OURS if "admin_password" in SERVICES[name].get("secrets", [])] == ["setup"]


def test_settings_of_the_compose_file_are_those_of_the_code() -> None:
    """A setting that was renamed would silently do nothing."""
    known = {name.upper() for name in Settings.model_fields} | {"HOST"}
    foreign = {"TMPDIR", "METRICS_DIR", "FORWARDED_ALLOW_IPS"}
    for name in ("api", "worker", "trainer", "setup"):
        assert {key.removesuffix("_FILE") for key in SERVICES[name]["environment"]} <= known | foreign


def test_largest_bodies_of_nginx_are_a_little_more_than_those_of_the_api() -> None:
    """And are named beside the settings that they overrule."""
    limits = re.findall(r"client_max_body_size (\d+m);", (ROOT / "nginx.conf").read_text(encoding="utf-8"))
    usual = [Settings.model_fields[name].default for name in ("max_body_mb", "batch_max_mb")]
    assert limits == [f"{most + 1}m" for most in usual]
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert [limit for limit in limits if limit not in example] == []


def test_the_proxy_lets_go_of_a_connection_before_the_api_does() -> None:
    [kept] = re.findall(r"keepalive 32;.*?keepalive_timeout (\d+)s;", (ROOT / "nginx.conf").read_text(), re.DOTALL)
    assert int(kept) < int(gunicorn("c['keepalive']").stdout)


def test_the_api_and_its_workers_share_what_they_must() -> None:
    for name in ("api", "worker", "trainer"):
        service = SERVICES[name]
        assert service["environment"]["VAR_DIR"] == "/var/lib/offerloop"
        assert "learned:/var/lib/offerloop" in service["volumes"]
    assert "learned:/var/lib/offerloop:ro" in SERVICES["model"]["volumes"]
    assert SERVICES["model"]["environment"]["MODEL_MANIFEST"].startswith(SERVICES["api"]["environment"]["MODELS_DIR"])


def test_a_command_works_in_a_container_of_the_api_that_was_just_made(tmp_path: Path) -> None:
    """And leaves no counts of its own among those of the API's processes, which would be added up."""
    assert "METRICS_DIR" in SERVICES["api"]["environment"]
    assert "PROMETHEUS_MULTIPROC_DIR" not in SERVICES["api"]["environment"]
    chosen = {"METRICS_DIR": str(tmp_path / "run" / "metrics"), "VAR_DIR": str(tmp_path / "var"), **NOWHERE}
    backup = [sys.executable, "-m", "flask", "--app", "backend.app", "backup", "--help"]
    told = subprocess.run(backup, env={**os.environ, **chosen}, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "restore" in told.stdout
    assert list(tmp_path.iterdir()) == []


def gunicorn(names: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """What backend/gunicorn.conf.py says under these names."""
    words = f"import os, runpy, sys; c = runpy.run_path('backend/gunicorn.conf.py'); print({names})"
    env = {**os.environ, **NOWHERE, **settings}
    return subprocess.run([sys.executable, "-c", words], env=env, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_processes_of_the_api_are_as_many_as_was_said(tmp_path: Path) -> None:
    threads = tmp_path / "threads"
    threads.write_text("3\n", encoding="utf-8")
    names = "c['workers'], c['threads'], os.environ['PROMETHEUS_MULTIPROC_DIR'], 'prometheus_client' in sys.modules"
    told = gunicorn(names, WEB_WORKERS="", WEB_THREADS_FILE=str(threads), METRICS_DIR="/run/x")
    assert told.stdout.strip() == "2 3 /run/x False", "it looks for its folder while it is imported"
    told = gunicorn(names, WEB_WORKERS="0")
    assert (told.returncode, "web_workers" in told.stderr) == (1, True)


@pytest.mark.parametrize("name", ["worker", "batch-worker", "trainer"])
def test_the_check_of_a_worker_loads_little(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"] == ["CMD", "python", "-m", "backend.worker_check"]
    image = (ROOT / SERVICES[name]["build"]["dockerfile"]).read_text(encoding="utf-8")
    assert "python -m compileall" in image
    assert "--no-compile" not in image


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.stem)
def test_what_an_image_copies_is_in_the_repository(path: Path) -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    if not tracked:
        pytest.skip("not a clone")
    patterns = patterns_of(ROOT / ".dockerignore")
    seen = [name for name in tracked if not ignored(name, patterns)]
    stages = parse(path.read_text(encoding="utf-8"))
    for stage in stages:
        for rest in stage.all("COPY"):
            words = rest.split()
            if words[0].startswith("--from="):
                assert words[0].removeprefix("--from=") in {one.name for one in stages}
                continue
            for source in words[:-1]:
                found = [n for n in seen if n == source or n.startswith(f"{source}/") or Path(n).match(source)]
                assert found, f"{path.name}: {source}"
        assert command(stages[-1].last("CMD") or "")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Who imports whom among our modules, also inside of functions."""
    return grimp.build_graph("backend", "model", "retrain", exclude_type_checking_imports=True, cache_dir=None)


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.stem)
def test_an_image_has_whatever_its_modules_import(path: Path, graph: grimp.ImportGraph) -> None:
    image = parse(path.read_text(encoding="utf-8"))[-1]
    copied = [source for rest in image.all("COPY") if "--from=" not in rest for source in rest.split()[:-1]]

    def is_there(module: str) -> bool:
        name = module.replace(".", "/")
        files = (f"{name}.py", f"{name}/__init__.py")
        return any(file == source or file.startswith(f"{source}/") for file in files for source in copied)

    words = [word.partition(":")[0] for word in command(image.last("CMD") or "")]
    started = {word for word in words if "." in word and word in graph.modules}
    assert started, "the image runs a module of ours"
    folders = {module.rpartition(".")[0] for module in started} | {source for source in copied if "/" not in source}
    needed = {module for folder in folders for module in (folder, *graph.find_descendants(folder))}
    needed |= {other for module in needed for other in graph.find_upstream_modules(module)}
    assert [module for module in sorted(needed) if not is_there(module)] == []


@pytest.mark.parametrize("path", ["secrets/secret_key", ".env", ".env.local", "var/run.env", "frontend/node_modules/x"])
def test_nothing_secret_or_generated_gets_into_an_image(path: str) -> None:
    assert ignored(path, patterns_of(ROOT / ".dockerignore"))


def test_dockerfiles_are_read_as_an_engine_does() -> None:
    first, last = parse(EXAMPLE)
    assert (first.base, first.name, last.base, last.name) == ("python:3.11", "packages", "packages", None)
    assert pairs(first.all("ARG")[0]) == {"FLAGS": "-DA=ON -DB=OFF"}
    assert first.all("RUN") == ["one && two"]
    assert pairs(last.all("ENV")[0]) == {"PATH": "/opt/bin:$PATH", "HOST": "0.0.0.0"}
    assert command(last.last("HEALTHCHECK") or "") == ["true", "a b"]
    with pytest.raises(ValueError, match="VOLUME"):
        parse("FROM x\nVOLUME /data\n")


@pytest.mark.parametrize(
    ("path", "hidden"),
    [
        ("docs/a.md", True),
        ("docs/openapi.json", False),
        ("a/b/__pycache__/c.pyc", True),
        ("c.pyc", True),
        ("backend/var/x", False),
        ("var/x", True),
    ],
)
def test_dockerignore_is_read_as_an_engine_does(path: str, hidden: bool) -> None:
    assert ignored(path, ["docs", "!docs/openapi.json", "**/__pycache__", "**/*.pyc", "var"]) == hidden


def test_made_up_secrets_are_long_closed_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    script = ["sh", str(ROOT / "docker" / "make-secrets.sh"), str(folder)]
    subprocess.run(script, check=True, capture_output=True)
    made = {path.name: path.read_text(encoding="ascii") for path in folder.iterdir()}
    assert made.keys() == COMPOSE["secrets"].keys()
    assert len(set(made.values())) == len(made)
    assert all(len(value) == 64 and value.replace("-", "").replace("_", "").isalnum() for value in made.values())
    assert folder.stat().st_mode & 0o077 == 0
    subprocess.run(script, check=True, capture_output=True)
    assert {path.name: path.read_text(encoding="ascii") for path in folder.iterdir()} == made


@pytest.mark.parametrize(
    ("line", "folder"), [("SECRETS=./own", "own"), ("SECRETS='own'  # closed", "own"), ("SECRETS=", "secrets")]
)
def test_secrets_are_made_where_compose_looks_for_them(tmp_path: Path, line: str, folder: str) -> None:
    (tmp_path / ".env").write_text(f"PORT=8000\nSECRETS=old\n{line}\n", encoding="utf-8")
    script = ["sh", str(ROOT / "docker" / "make-secrets.sh")]
    clean = {name: value for name, value in os.environ.items() if name != "SECRETS"}
    subprocess.run(script, cwd=tmp_path, env=clean, check=True, capture_output=True)
    assert {path.name for path in tmp_path.iterdir()} == {".env", folder}
