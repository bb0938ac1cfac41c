"""JSON of offers: the items of an answer, what is stored beside them, and how a stored offer is read back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from backend.clients.service import segment_of
from backend.compliance.service import Finding
from backend.offers.models import Offer
from backend.offers.pipeline import Candidate, Failure, Task
from model.brief import FACTS


def finding_as_json(finding: Finding) -> dict[str, Any]:
    """A finding as the answer shows it."""
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "law": finding.law,
        "start": finding.start,
        "end": finding.end,
        "excerpt": finding.excerpt,
        "advice": finding.advice,
    }


def variant_as_json(candidate: Candidate) -> dict[str, Any]:
    """A further passing text."""
    return {
        "text": candidate.text,
        "confidence": round(candidate.confidence, 4),
        "compliance": {"verdict": "ok", "findings": [finding_as_json(finding) for finding in candidate.findings]},
    }


def candidate_as_json(candidate: Candidate) -> dict[str, Any]:
    """What is stored of a candidate: how it came about, what it scored, why it was refused.

    A refused one keeps neither its text nor the excerpts of its findings: words that broke a rule are not kept.
    """
    passed = candidate.text is not None
    return {
        "text": candidate.text,
        "rejected": candidate.rejected,
        "score": round(candidate.confidence, 4) if passed else None,
        "score_features": {name: round(value, 4) for name, value in candidate.features.items()},
        "facts": list(candidate.brief.facts),
        "benefit": candidate.brief.benefit,
        "temperature": candidate.temperature,
        "tokens": dict(candidate.tokens),
        "findings": [
            finding_as_json(finding) if passed else {"rule": finding.rule, "severity": finding.severity}
            for finding in candidate.findings
        ],
    }


def row(
    task: Task, ranked: Sequence[Candidate], chosen: Sequence[Candidate], failure: Failure | None
) -> dict[str, Any]:
    """The columns of one offer that follow from its task and candidates; the call adds the common ones."""
    best = chosen[0] if chosen else None
    client = task.client
    return {
        "position": client.position,
        "client_id": client.client_id,
        "client_id_is_number": client.is_number,
        "product": task.product.code if task.product else "auto",
        "channel": client.channel.code,
        "text": best.text if best else None,
        "body": best.body if best else None,
        "error": failure.code if failure else None,
        "error_detail": failure.detail if failure else None,
        "confidence": round(best.confidence, 4) if best else 0.0,
        "verdict": "ok" if best else None,
        "findings": [finding_as_json(finding) for finding in best.findings] if best else [],
        "facts": list(
            dict.fromkeys((*(best.brief.facts if best else ()), *task.facts))
        ),  # what the text builds on first
        "product_reason": task.reason,
        "segment": _segment(client.features.super_clust),
        "features": client.features.known(),
        "events": [event.as_json() for event in client.events],
        "brief": asdict(best.brief) if best else {},
        "variants": [variant_as_json(candidate) for candidate in chosen[1:]],
        "candidates": [candidate_as_json(candidate) for candidate in ranked],
        "rules_version": next((candidate.rules_version for candidate in ranked if candidate.rules_version), None),
        "card_version": task.product.version if task.product else None,
    }


def _segment(text: str | None) -> str | None:
    segment = segment_of(text)
    return segment.letter if segment else None


def item(stored: Mapping[str, Any]) -> dict[str, Any]:
    """One offer of the answer, from the columns that were stored."""
    shown = {
        "offer_id": str(stored["id"]),
        "client_id": _client_id(stored["client_id"], stored["client_id_is_number"]),
        "product": stored["product"],
        "channel": stored["channel"],
        "text": stored["text"] or None,  # empty once the client was forgotten
        "confidence": stored["confidence"] if stored["text"] else None,
        "calibrated": stored["calibrated"],
        "compliance": {"verdict": stored["verdict"], "findings": stored["findings"]},
        "facts": in_words(stored["facts"]),
        "product_reason": stored["product_reason"],
        "variants": stored["variants"],
    }
    if stored["error"]:
        shown["error"] = {"code": stored["error"], "detail": stored["error_detail"]}
    return shown


def listed(offer: Offer) -> dict[str, Any]:
    """One offer of GET /offers."""
    return item(_columns(offer, LISTED)) | {
        "tone": offer.tone,
        "conditions": offer.conditions,
        "model_version": offer.model_version,
        "batch_id": str(offer.batch_id) if offer.batch_id else None,
        "label": offer.label,
        "created_at": offer.created_at.isoformat(),
    }


def detailed(offer: Offer, author: str | None, benefits: Mapping[str, str]) -> dict[str, Any]:
    """One offer of GET /offers/{id}: everything that explains it. `benefits`: the card's words by tag."""
    told = {offer.brief.get("benefit"), *(candidate.get("benefit") for candidate in offer.candidates)}
    return listed(offer) | {
        "request_id": str(offer.request_id),
        "seed": offer.seed,
        "features": offer.features,
        "events": offer.events,
        "fact_codes": offer.facts,
        "brief": offer.brief,
        "benefits": {tag: words for tag, words in benefits.items() if tag in told},
        "candidates": offer.candidates,
        "timings": offer.timings,
        "rules_version": offer.rules_version,
        "card_version": offer.card_version,
        "parent_id": str(offer.parent_id) if offer.parent_id else None,
        "author": author,
    }


LISTED = (
    *("id", "client_id", "client_id_is_number", "product", "channel", "text", "confidence", "calibrated", "verdict"),
    *("findings", "facts", "product_reason", "variants", "error", "error_detail"),
)


def in_words(facts: Sequence[str]) -> list[str]:
    """Fact codes as a marketer reads them; a code that is known no more is shown as it is."""
    return [FACTS[code].words if code in FACTS else code for code in facts]


def _columns(offer: Offer, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(offer, name) for name in names}


def id_as_sent(offer: Offer) -> int | str:
    """The client's id as its caller wrote it."""
    return _client_id(offer.client_id, offer.client_id_is_number)


def _client_id(client_id: str, is_number: bool) -> int | str:
    return int(client_id) if is_number else client_id
