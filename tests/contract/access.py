"""Who may do what: every operation of the API and the roles that may call it. A new operation needs an entry here."""

ADMIN = frozenset({"admin"})
ENGINEERS = ADMIN | {"ml_engineer"}
SENDERS = ADMIN | {"marketer", "service"}
STAFF = ENGINEERS | {"marketer"}
ALL = STAFF | {"service"}
PUBLIC = ALL | {"nobody"}
ROLES = tuple(sorted(PUBLIC))

API = "/api/v1"
ACCESS: dict[tuple[str, str], frozenset[str]] = {
    # the process itself; /metrics is closed to the outside by nginx
    ("GET", "/healthz"): PUBLIC,
    ("GET", "/readyz"): PUBLIC,
    ("GET", "/metrics"): PUBLIC,
    # signing in, one's own account
    ("POST", f"{API}/session"): PUBLIC,
    ("DELETE", f"{API}/session"): ALL,
    ("GET", f"{API}/me"): ALL,
    ("POST", f"{API}/me/password"): ALL,
    # users, audit, clients' data
    ("GET", f"{API}/users"): ADMIN,
    ("POST", f"{API}/users"): ADMIN,
    ("GET", f"{API}/users/{{user_id}}"): ADMIN,
    ("PATCH", f"{API}/users/{{user_id}}"): ADMIN,
    ("POST", f"{API}/users/{{user_id}}/password"): ADMIN,
    ("GET", f"{API}/audit"): ADMIN,
    ("POST", f"{API}/privacy/forget-client"): ADMIN,
    # offers; a system reads its own only
    ("POST", f"{API}/offers"): ALL,
    ("GET", f"{API}/offers"): ALL,
    ("GET", f"{API}/offers/export"): ALL,
    ("GET", f"{API}/offers/{{offer_id}}"): ALL,
    ("POST", f"{API}/offers/{{offer_id}}/regenerate"): ALL,
    ("GET", f"{API}/offers/{{offer_id}}/labels"): ALL,
    ("PUT", f"{API}/offers/{{offer_id}}/label"): STAFF,
    ("DELETE", f"{API}/offers/{{offer_id}}/label"): STAFF,
    ("GET", f"{API}/limits"): ALL,
    # labels and review
    ("POST", f"{API}/labels"): STAFF,
    ("POST", f"{API}/labels/undo"): STAFF,
    ("GET", f"{API}/labels/reasons"): ALL,
    ("POST", f"{API}/review/queue"): STAFF,
    ("POST", f"{API}/review/release"): STAFF,
    ("GET", f"{API}/review/progress"): STAFF,
    # batches; a system reads its own only
    ("POST", f"{API}/batches"): SENDERS,
    ("GET", f"{API}/batches"): ALL,
    ("GET", f"{API}/batches/{{batch_id}}"): ALL,
    ("GET", f"{API}/batches/{{batch_id}}/events"): ALL,
    ("GET", f"{API}/batches/{{batch_id}}/results"): ALL,
    ("GET", f"{API}/batches/{{batch_id}}/problems"): ALL,
    ("POST", f"{API}/batches/{{batch_id}}/cancel"): SENDERS,
    ("POST", f"{API}/batches/{{batch_id}}/resume"): SENDERS,
    # quality
    ("GET", f"{API}/quality/rates"): STAFF,
    ("GET", f"{API}/quality/calibration"): STAFF,
    ("GET", f"{API}/quality/reasons"): STAFF,
    ("GET", f"{API}/quality/summary"): STAFF,
    # models and retraining
    ("GET", f"{API}/model-versions"): STAFF,
    ("GET", f"{API}/model-versions/{{name}}"): STAFF,
    ("POST", f"{API}/model-versions/{{name}}/promote"): ENGINEERS,
    ("POST", f"{API}/model-versions/rollback"): ENGINEERS,
    ("GET", f"{API}/retrain-runs"): STAFF,
    ("POST", f"{API}/retrain-runs"): ENGINEERS,
    ("GET", f"{API}/retrain-runs/readiness"): STAFF,
    ("GET", f"{API}/retrain-runs/{{run_id}}"): STAFF,
    ("GET", f"{API}/retrain-runs/{{run_id}}/events"): STAFF,
    ("POST", f"{API}/retrain-runs/{{run_id}}/cancel"): ENGINEERS,
    # catalogue and compliance
    ("GET", f"{API}/bank"): ALL,
    ("PATCH", f"{API}/bank"): ADMIN,
    ("GET", f"{API}/products"): ALL,
    ("POST", f"{API}/products"): ADMIN,
    ("GET", f"{API}/products/{{code}}"): ALL,
    ("PATCH", f"{API}/products/{{code}}"): ADMIN,
    ("POST", f"{API}/products/{{code}}/archive"): ADMIN,
    ("POST", f"{API}/products/{{code}}/restore"): ADMIN,
    ("GET", f"{API}/channels"): ALL,
    ("POST", f"{API}/channels"): ADMIN,
    ("GET", f"{API}/channels/{{code}}"): ALL,
    ("PATCH", f"{API}/channels/{{code}}"): ADMIN,
    ("POST", f"{API}/channels/{{code}}/archive"): ADMIN,
    ("POST", f"{API}/channels/{{code}}/restore"): ADMIN,
    ("GET", f"{API}/catalogue/conditions"): ALL,
    ("POST", f"{API}/catalogue/import"): ADMIN,
    ("POST", f"{API}/compliance/check"): ALL,
    ("POST", f"{API}/compliance/check-campaign"): ALL,
    ("GET", f"{API}/compliance/rules"): ALL,
    ("PATCH", f"{API}/compliance/rules/{{rule_id}}"): ADMIN,
    ("GET", f"{API}/compliance/rules/history"): ALL,
    ("GET", f"{API}/compliance/rules/versions/{{version}}"): ALL,
}
