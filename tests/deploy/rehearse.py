"""What a container engine would do with a Dockerfile, without one: its commands, in their order, on a bare Debian.

Run as root: python -m tests.deploy.rehearse api|model|trainer [--work DIR] [--bind PATH …]
Needs debootstrap and a kernel with overlay file systems and mount namespaces. Each stage is a layer over the base in
which its RUN lines are executed by chroot; COPY sees what a clone of HEAD and .dockerignore leave. In the end the image
is started as its own user on a read-only file system, and its HEALTHCHECK has to pass. `--bind` shows folders of this
machine to the commands: mirrors of packages, certificates. Base images are Debian 12 with its Python 3.11, and for the
page this machine's Node.js.
"""

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from tests.conftest import ROOT
from tests.deploy.conftest import free_port
from tests.deploy.dockerfile import Stage, command, ignored, pairs, parse, patterns_of

PACKAGES = "python3,python3-venv,python3-pip,ca-certificates"
HEALTHY_S = 180.0
PATH = "/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin"
PASSED_ON = ("PIP_", "NPM_CONFIG_", "npm_config_", "HTTP", "http", "NO_PROXY", "no_proxy", "SSL_", "NODE_", "REQUESTS_")
"""Beginnings of the variables by which this machine reaches registries of packages."""
WRITABLE = {"/tmp": "mode=1777", "/run/offerloop": "mode=0700,uid=10001", "/var/lib/offerloop": "mode=0755,uid=10001"}
CHOSEN = {"DATABASE_URL": "postgresql://none/none", "REDIS_URL": "redis://none", "SECRET_KEY_FILE": "/tmp/secret_key"}
console = Console(highlight=False)


@dataclass
class Layer:
    """A stage as it is being built: its root, and what later lines need to know."""

    root: Path
    environment: dict[str, str] = field(
        default_factory=lambda: {"PATH": "/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin"}
    )
    workdir: str = "/"
    user: str = "0"

    def run(self, words: list[str], user: str = "0", **more: str) -> subprocess.Popen[bytes]:
        passed = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
        place = ["chroot", f"--userspec={user}:{user}", str(self.root), "/usr/bin/env", "-C", self.workdir, *words]
        environment = {**passed, **self.environment, "HOME": "/tmp", **more}
        return subprocess.Popen(place, env=environment, start_new_session=True)


class Rehearsal:
    def __init__(self, work: Path, binds: list[Path]) -> None:
        self.work, self.binds = work, binds
        self.base, self.context = work / "base", work / "context"
        self.layers: dict[str, Layer] = {}

    def prepare(self) -> None:
        """The bare system, kept between runs, and the context as a clone of HEAD would be."""
        if not (self.base / "usr/local/bin/python").is_symlink():
            shutil.rmtree(self.base, ignore_errors=True)
            call("debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", self.base)
            (self.base / "usr/local/bin/python").symlink_to("/usr/bin/python3")
        shutil.rmtree(self.context, ignore_errors=True)
        self.context.mkdir(parents=True)
        archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", str(self.context)], input=archive, check=True)
        patterns = patterns_of(self.context / ".dockerignore")
        for path in [one for one in self.context.rglob("*") if one.is_file()]:
            if ignored(path.relative_to(self.context).as_posix(), patterns):
                path.unlink()

    def build(self, stages: list[Stage]) -> Layer:
        for number, stage in enumerate(stages):
            console.rule(f"{stage.name or 'image'} from {stage.base}")
            layer = self._layer(number, stage)
            for instruction in stage.instructions:
                getattr(self, f"_{instruction.word.lower()}", _nothing)(layer, instruction.rest)
            self.layers[stage.name or "image"] = layer
        return layer

    def _layer(self, number: int, stage: Stage) -> Layer:
        place = self.work / "layers" / str(number)
        for name in ("upper", "work", "root"):
            (place / name).mkdir(parents=True)
        options = f"lowerdir={self.base},upperdir={place / 'upper'},workdir={place / 'work'}"
        call("mount", "-t", "overlay", "overlay", "-o", options, place / "root")
        root = place / "root"
        call("mount", "-t", "proc", "proc", root / "proc")
        call("mount", "--rbind", "/dev", root / "dev")
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
        for path in self.binds:
            bind(path, root)
        if stage.base.startswith("node:"):
            for path in node_files():
                bind(path, root)
            (root / "usr/bin/npm").symlink_to(Path("/usr/bin/npm").resolve())
        return Layer(root)

    def _arg(self, layer: Layer, rest: str) -> None:
        layer.environment |= pairs(rest)

    def _env(self, layer: Layer, rest: str) -> None:
        layer.environment |= {
            name: value.replace("$PATH", layer.environment["PATH"]) for name, value in pairs(rest).items()
        }

    def _workdir(self, layer: Layer, rest: str) -> None:
        layer.workdir = rest
        inside(layer.root, rest).mkdir(parents=True, exist_ok=True)

    def _user(self, layer: Layer, rest: str) -> None:
        layer.user = rest

    def _run(self, layer: Layer, rest: str) -> None:
        console.print(f"RUN {rest}", markup=False)
        started = time.monotonic()
        if layer.run(["/bin/sh", "-c", rest]).wait():
            sys.exit("the command failed")
        console.print(f"  {time.monotonic() - started:.0f} s")

    def _copy(self, layer: Layer, rest: str) -> None:
        console.print(f"COPY {rest}", markup=False)
        *sources, target = [word for word in shlex.split(rest) if not word.startswith("--from=")]
        named = [word.removeprefix("--from=") for word in shlex.split(rest) if word.startswith("--from=")]
        origin = self.layers[named[0]].root if named else self.context
        found = [one for source in sources for one in sorted(origin.glob(source.strip("/")))]
        if len(found) < len(sources):
            sys.exit(f"the context has no {' '.join(sources)}")
        place = inside(layer.root, str(Path(layer.workdir, target)))
        for path in found:
            if path.is_dir():
                shutil.copytree(path, place, symlinks=True, dirs_exist_ok=True)
            else:
                folder = place if target.endswith(("/", ".")) or len(found) > 1 else place.parent
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, folder / path.name if folder == place else place)

    def start(self, layer: Layer, last: Stage) -> None:
        """The image's command as its own user, nothing writable but what docker-compose.yml mounts; then its check."""
        port, run, check = str(free_port()), last.last("CMD"), last.last("HEALTHCHECK")
        assert run is not None
        for path, options in WRITABLE.items():
            inside(layer.root, path).mkdir(parents=True, exist_ok=True)
            call("mount", "-t", "tmpfs", "-o", options, "tmpfs", inside(layer.root, path))
        secret = inside(layer.root, CHOSEN["SECRET_KEY_FILE"])
        secret.write_text("a secret of the rehearsal, longer than 32 characters", encoding="utf-8")
        call("mount", "-o", "remount,ro", layer.root)
        if check is None:
            self._import(layer)
            return
        settings = {**CHOSEN, "PORT": port, "MODEL_PORT": port}
        process = layer.run(command(run), layer.user, **settings)
        try:
            end = time.monotonic() + HEALTHY_S
            while layer.run(command(check), layer.user, **settings).wait():
                if process.poll() is not None or time.monotonic() > end:
                    sys.exit("the image does not get healthy")
                time.sleep(1.0)
            console.print(f"healthy as user {layer.user} on a read-only file system")
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait()

    def _import(self, layer: Layer) -> None:
        """The trainer works only beside Redis, a database and a model: here just everything that it runs is loaded."""
        words = ["python", "-c", "import torch, llama_cpp, backend.worker, retrain.jobs, model.training.train"]
        if layer.run(words, layer.user, **CHOSEN).wait():
            sys.exit("the image does not load its code")
        console.print(f"its code is loaded as user {layer.user} on a read-only file system")


def _nothing(_layer: Layer, _rest: str) -> None:
    """EXPOSE, HEALTHCHECK and CMD build nothing."""


def inside(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def bind(path: Path, root: Path) -> None:
    """Show a file or folder of this machine, unchangeable, at the same place."""
    target = inside(root, str(path))
    if path.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    call("mount", "--bind", "-o", "ro", path, target)


def node_files() -> list[Path]:
    """This machine's Node.js and npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        sys.exit("Node.js and npm are needed for the stage that builds the page")
    return [Path(node).resolve(), Path(npm).resolve().parents[1]]


def call(*words: object) -> None:
    subprocess.run([str(word) for word in words], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("image", choices=["api", "model", "trainer"])
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "rehearsal")
    parser.add_argument("--bind", type=Path, nargs="*", default=[], help="folders of this machine that commands see")
    arguments = parser.parse_args()
    if os.environ.get("REHEARSAL") != "inside":
        # mounts of a namespace of its own are gone with it, whatever happens
        again = ["unshare", "--mount", "--pid", "--fork", "--kill-child", sys.executable, "-m", "tests.deploy.rehearse"]
        sys.exit(
            subprocess.run([*again, *sys.argv[1:]], env={**os.environ, "REHEARSAL": "inside"}, check=False).returncode
        )
    started = time.monotonic()
    shutil.rmtree(arguments.work / "layers", ignore_errors=True)
    rehearsal = Rehearsal(arguments.work.absolute(), arguments.bind)
    rehearsal.prepare()
    stages = parse((ROOT / "docker" / f"{arguments.image}.Dockerfile").read_text(encoding="utf-8"))
    rehearsal.start(rehearsal.build(stages), stages[-1])
    console.print(f"{arguments.image}: passed in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
