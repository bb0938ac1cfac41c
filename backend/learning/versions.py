"""The door to model versions: list them, read one, register one, put one to work, go back."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import select

from backend.common.clock import now
from backend.common.db import db
from backend.config import settings
from backend.errors import NotFound, Unavailable
from backend.learning import component, promotion, serving
from backend.learning.abilities import abilities
from backend.learning.component import Component
from backend.learning.locks import PROMOTION, taken_for_transaction
from backend.learning.models import NAME_LENGTH, ModelVersion, Promotion, RetrainRun
from backend.learning.serving import Serving
from backend.learning.states import VersionStatus, version_move
from backend.offers import service as offers
from backend.offers.service import Tally

SHOWN_PROMOTIONS = 20
FILES = (".gguf", ".npz", ".json", ".tokenizer.json")
"""What a run may leave in MODELS_DIR under the name of its version."""
ROOT_REASON = "Поставлена вместе с системой"
REPLACED_REASON = "Компонент модели отвечает этой моделью: её заменили при установке"

promote = promotion.promote
rollback = promotion.rollback


def overview() -> dict[str, Any]:
    """All versions, what serves, what can learn, the last promotions. Commits a model that nobody knew yet."""
    answering = component.ask_or_none()
    if answering:
        register_root(answering)
    state = serving.state()
    counts = {tally.key: tally for tally in offers.tallies_by_group("model_version", {})}
    rows = db.session.scalars(select(ModelVersion).order_by(ModelVersion.created_at.desc(), ModelVersion.name))
    latest = select(Promotion).order_by(Promotion.at.desc(), Promotion.id.desc()).limit(SHOWN_PROMOTIONS)
    return {
        "items": [_shown(row, state, counts.get(row.name)) for row in rows],
        "serving": _shown_serving(state, answering),
        "abilities": abilities(answering),
        "promotions": list(db.session.scalars(latest)),
    }


def get(name: str) -> ModelVersion:
    """The record of a version. Raises NotFound."""
    found: ModelVersion | None = db.session.get(ModelVersion, name)
    if found is None:
        raise NotFound("Такой версии модели нет")
    return found


def detail(name: str) -> dict[str, Any]:
    """One version with its lineage and its promotions. Raises NotFound."""
    version = get(name)
    tallies = offers.tallies_by_group("model_version", {"model_version": name})
    made = select(Promotion).where((Promotion.version == name) | (Promotion.former == name))
    run = select(RetrainRun.id).where(RetrainRun.challenger == name).limit(1)
    return _shown(version, serving.state(), tallies[0] if tallies else None) | {
        "lineage": version.lineage,
        "ancestors": _ancestors(version),
        "run_id": db.session.scalar(run),
        "promotions": list(db.session.scalars(made.order_by(Promotion.at.desc(), Promotion.id.desc()))),
    }


def _shown(version: ModelVersion, state: Serving, tally: Tally | None) -> dict[str, Any]:
    tally = tally or Tally(version.name, 0, 0, 0)
    return {
        "name": version.name,
        "parent": version.parent,
        "weights": version.weights,
        "status": version.status,
        "share": state.share_of(version.name),
        "learned_score": version.score is not None,
        "labels": version.lineage.get("labels"),
        "metrics": version.metrics,
        "counts": {"texts": tally.texts, "labelled": tally.labelled, "success": tally.success},
        "created_at": version.created_at,
        "promoted_at": version.promoted_at,
    }


def _shown_serving(state: Serving, answering: Component | None) -> dict[str, Any]:
    previous = state.champion if state.canary else serving.way_back(state.champion)
    return {
        "champion": state.champion.name if state.champion else None,
        "canary": state.canary.name if state.canary else None,
        "share": state.share,
        "previous": previous.name if previous else None,
        "problem": _problem(state, answering),
    }


def _problem(state: Serving, answering: Component | None) -> str | None:
    if answering is None:
        return "Компонент модели не отвечает."
    missing = [weights for weights in state.weights if weights not in answering.names]
    if missing and answering.manifest_error:
        return f"Компонент модели не загрузил {', '.join(missing)}: {answering.manifest_error}"
    if missing:
        return f"Компонент модели не обслуживает {', '.join(missing)}, отвечает {answering.names[0]}."
    return None


def _ancestors(version: ModelVersion) -> list[str]:
    """The parent, its parent and so on. A name that comes twice would be a damaged table, and ends the walk."""
    found: list[str] = []
    parent = version.parent
    while parent is not None and parent not in found:
        found.append(parent)
        row = db.session.get(ModelVersion, parent)
        parent = row.parent if row else None
    return found


# --- for other domains ---------------------------------------------------------------------------------------------


def champion_name() -> str | None:
    """What serves all calls, or those that a canary leaves."""
    champion = serving.state().champion
    return champion.name if champion else None


def formers() -> dict[str, str | None]:
    """For each version that was ever put to work, the champion of that moment; None for the first of all."""
    found: dict[str, str | None] = {}
    present: str | None = None
    for made in db.session.scalars(select(Promotion).order_by(Promotion.at, Promotion.id)):
        found.setdefault(made.version, present)
        if made.kind != "canary":
            present = made.version
    return found


# --- new versions ----------------------------------------------------------------------------------------------------


def champion() -> ModelVersion:
    """What serves, and what a run would start from. Raises Unavailable while the component never told its model."""
    state = serving.state()
    if state.champion is None:
        register_root(component.ask())
        state = serving.state()
    if state.champion is None:
        raise Unavailable("Версия модели только что меняется, повторите через секунду")
    return state.champion


def register_root(answering: Component) -> ModelVersion | None:
    """A row for the model of the installation when nobody knows it yet, as the champion. Commits.

    Where a learnt version serves, or would if it loaded, an update's model becomes a candidate instead, which a person
    may put to work. None when there is no new champion, also while a promotion is under way: then the component may be
    a step ahead.
    """
    named = answering.names[0]
    replaced = _replaced(named, answering)
    weights = replaced or named
    if answering.own not in (None, weights):
        _register_shipped(str(answering.own), answering)
    if _is_known(weights) or not taken_for_transaction(PROMOTION):
        return None
    former = serving.state()
    if not replaced and any(name in answering.names for name in former.weights):
        return None
    if answering.reads_manifest and any(one.path and serving.has_file(one) for one in former.versions):
        _register_shipped(weights, answering)  # the learnt one did not load just now: that retires nobody
        return None
    for version in former.versions:
        version.status = VersionStatus.RETIRED.value
    db.session.flush()
    reason = REPLACED_REASON if former.champion else ROOT_REASON
    root = ModelVersion(name=_name_for(weights), weights=weights, status=VersionStatus.CHAMPION.value)
    root.lineage = _origin(weights, answering)
    root.promoted_at = now()
    db.session.add(root)
    db.session.add(Promotion(version=root.name, share=1.0, kind="full", reason=reason, actor="system"))
    db.session.commit()
    return root


def _replaced(weights: str, answering: Component) -> str | None:
    """What serves under the name of a model of the installation whose file was replaced; None when it is that model."""
    own = answering.files.get(weights)
    if own in (None, weights):
        return None
    mine = select(ModelVersion.path).where(ModelVersion.weights == weights)
    paths = db.session.scalars(mine).all()
    return own if paths and not any(paths) else None


def _is_known(weights: str) -> bool:
    return db.session.scalar(select(ModelVersion.name).where(ModelVersion.weights == weights).limit(1)) is not None


def _register_shipped(weights: str, answering: Component) -> None:
    if not _is_known(weights) and taken_for_transaction(PROMOTION):
        made = ModelVersion(name=_name_for(weights), weights=weights, status=VersionStatus.CANDIDATE.value)
        made.lineage = _origin(weights, answering)
        db.session.add(made)
        db.session.commit()


def _origin(weights: str, answering: Component) -> dict[str, Any]:
    """What is known of a model that came with the installation: no labels, and the corpus where it names one."""
    corpus = answering.corpora.get(weights)
    return {"parent": None, "labels": 0, **({"corpus_hash": corpus} if corpus else {})}


def _name_for(weights: str) -> str:
    """The name of a version becomes part of addresses and files; a foreign server may report a path."""
    return re.sub(r"[^\w.-]+", "-", weights).strip("-.") or "model"


def next_name(parent: ModelVersion) -> str:
    """`base-4.3` after `base-4.2`: the root's name and a running number. Numbers of failed runs do not come again."""
    root = (_ancestors(parent) or [parent.name])[-1][: NAME_LENGTH - 8]
    beginning = f"{root}."
    taken = (ModelVersion.name, RetrainRun.challenger)
    found = [db.session.scalars(select(one).where(one.startswith(beginning, autoescape=True))) for one in taken]
    endings = [str(name).removeprefix(beginning) for name in chain(*found)]
    return f"{beginning}{1 + max((int(ending) for ending in endings if ending.isdecimal()), default=0)}"


@dataclass(frozen=True)
class Made:
    """What a run made. Without a `path` the weights are the parent's, and only the score is new.

    `adapter`: the file is a LoRA adapter for the weights of the installation.
    """

    weights: str
    path: str | None = None
    score: Mapping[str, Any] | None = None
    lineage: Mapping[str, Any] | None = None
    metrics: Mapping[str, Any] | None = None
    adapter: bool = False


def remove_rejected() -> None:
    """Remove the files of versions that will never serve, so that no backup carries them on. Commits.

    The rows let go of them first: a backup wants a file for every row that names one. Raises OSError.
    """
    status, own = ModelVersion.status == VersionStatus.REJECTED.value, ModelVersion.weights == ModelVersion.name
    rejected = db.session.scalars(select(ModelVersion).where(status, own)).all()
    for version in rejected:
        version.path = None
    names = [version.name for version in rejected]
    db.session.commit()
    for name in names:
        for ending in FILES:
            (settings().models_folder / f"{name}{ending}").unlink(missing_ok=True)


def reject(name: str | None) -> None:
    """A candidate never serves; whatever else has that name stays as it is. The caller commits."""
    version = db.session.get(ModelVersion, name) if name else None
    if version is not None and version.status == VersionStatus.CANDIDATE:
        version.status = version_move(version.status, VersionStatus.REJECTED)


def register(run_id: uuid.UUID, made: Made) -> ModelVersion:
    """The challenger of a run as a candidate; once more after a restart it is the same row. Flushes."""
    run = db.session.get(RetrainRun, run_id)
    if run is None or run.challenger is None:
        raise NotFound("Такого дообучения нет")
    parent = get(run.parent or "")
    version = db.session.get(ModelVersion, run.challenger)
    if version is None:
        version = ModelVersion(name=run.challenger, parent=parent.name, status=VersionStatus.CANDIDATE.value)
        db.session.add(version)
    version.weights = made.weights
    version.path = made.path or (parent.path if made.weights == parent.weights else None)
    version.score = dict(made.score) if made.score else None
    adapter = {"adapter": True} if made.adapter or (not made.path and parent.lineage.get("adapter")) else {}
    version.lineage = {**(made.lineage or {}), **adapter, "run_id": str(run_id), "parent": parent.name}
    version.metrics = dict(made.metrics or {})
    db.session.flush()
    return version
