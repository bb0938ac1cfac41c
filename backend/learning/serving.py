"""What serves now, as the tables say, and how it is told to the model component."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from backend.common.db import db
from backend.config import ROOT, settings
from backend.errors import Conflict
from backend.learning.manifest import Entry
from backend.learning.models import ModelVersion, Promotion
from backend.learning.states import SERVING, VersionStatus


@dataclass(frozen=True)
class Serving:
    """The champion, and the canary that serves `share` of the calls beside it."""

    champion: ModelVersion | None = None
    canary: ModelVersion | None = None
    share: float = 0.0

    @property
    def versions(self) -> list[ModelVersion]:
        """The champion first."""
        return [version for version in (self.champion, self.canary) if version is not None]

    @property
    def weights(self) -> list[str]:
        """What the model component must hold, without repetitions: versions may differ by their score alone."""
        return list(dict.fromkeys(version.weights for version in self.versions))

    def share_of(self, name: str) -> float:
        if self.canary is not None and name == self.canary.name:
            return self.share
        return 1.0 - self.share if self.champion is not None and name == self.champion.name else 0.0


def state() -> Serving:
    """What serves now."""
    rows = db.session.scalars(select(ModelVersion).where(ModelVersion.status.in_(SERVING)))
    found = {row.status: row for row in rows}
    canary = found.get(VersionStatus.CANARY)
    return Serving(found.get(VersionStatus.CHAMPION), canary, canary_share(canary.name) if canary else 0.0)


def canary_share(name: str, connection: Connection | None = None) -> float:
    """The share that the last promotion of a canary gave it; read by the session unless a connection is given."""
    wanted = select(Promotion.share).where(Promotion.version == name, Promotion.kind == "canary")
    last = wanted.order_by(Promotion.at.desc(), Promotion.id.desc()).limit(1)
    return (connection or db.session).scalar(last) or 0.0


def way_back(champion: ModelVersion | None) -> ModelVersion | None:
    """The version that served before the champion was promoted; several steps lead back to the root."""
    if champion is None:
        return None
    made = select(Promotion.former).where(Promotion.version == champion.name, Promotion.kind == "full")
    former = db.session.scalar(made.order_by(Promotion.at.desc(), Promotion.id.desc()).limit(1))
    return db.session.get(ModelVersion, former) if former else None


def entries(versions: Sequence[ModelVersion]) -> list[Entry]:
    """The manifest's entries for these versions, each weights once. Raises Conflict when a file is missing."""
    unique = {version.weights: version for version in reversed(versions)}
    return [_entry(unique[name]) for name in dict.fromkeys(version.weights for version in versions)]


def _entry(version: ModelVersion) -> Entry:
    if version.path is None:
        return Entry(version.weights, str(installed_file(version.weights)))
    if not has_file(version):
        raise Conflict(f"Файла версии {version.name} нет: {file_of(version)}")
    if version.lineage.get("adapter"):
        return Entry(version.weights, str(installed_file(version.weights)), adapter=version.path)
    return Entry(version.weights, version.path)


def file_of(version: ModelVersion) -> Path:
    """The file of a version that a run made."""
    return settings().models_folder / (version.path or "")


def has_file(version: ModelVersion) -> bool:
    """False when the file of a version that a run made is gone; what came with the installation is not asked for."""
    return version.path is None or file_of(version).is_file()


def installed_file(weights: str) -> Path:
    """The file that came with the installation, as the component sees it, which may be another machine."""
    if given := settings().model_path:
        return given.expanduser().absolute()
    shipped = sorted((ROOT / "model" / "weights").glob("*.gguf"))
    if not shipped:
        raise Conflict(f"Где лежит файл модели {weights}, неизвестно: задайте MODEL_PATH")
    return next((file for file in shipped if file.stem == weights), shipped[0])
