"""The built web page beside the API: who answers which address, with which headers."""

from pathlib import Path

import pytest

from backend.app import create_app
from backend.config import ROOT, Settings
from tests.conftest import OwnContextClient, problem

INDEX = "<!doctype html><title>OfferLoop</title>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a build leaves, and a secret beside it."""
    folder = tmp_path_factory.mktemp("built") / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX, encoding="utf-8")
    (folder / "icon.svg").write_text("<svg/>", encoding="utf-8")
    (folder / "assets" / "main-abc123.js").write_text("export {};", encoding="utf-8")
    (folder / "assets" / "golos-abc123.woff2").write_bytes(b"wOF2")
    (folder.parent / "secret.txt").write_text("secret", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def page(test_settings: Settings, folder: Path):
    app = create_app(test_settings.model_copy(update={"page_dir": folder}))
    app.test_client_class = OwnContextClient
    return app.test_client()


@pytest.mark.parametrize(
    "address", ["/", "/new", "/history?label=none", "/users/", "/no/such/place", "/apiary", "/..."]
)
def test_every_address_of_the_page_is_its_index(page, address) -> None:
    response = page.get(address)
    assert response.status_code == 200
    assert response.text == INDEX
    assert response.headers["Cache-Control"] == "no-cache"


def test_a_page_that_has_not_changed_is_not_sent_again(page) -> None:
    tag = page.get("/").headers["ETag"]
    assert page.get("/", headers={"If-None-Match": tag}).status_code == 304


def test_the_page_may_load_only_from_here(page) -> None:
    policy = dict(rule.split(" ", 1) for rule in page.get("/new").headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == policy["font-src"] == "'self'"
    assert page.get("/").headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "kind"), [("main-abc123.js", "text/javascript"), ("golos-abc123.woff2", "font/woff2")]
)
def test_assets_are_kept_for_ever(page, name, kind) -> None:
    response = page.get(f"/assets/{name}")
    assert response.mimetype == kind
    assert response.cache_control.max_age == 31_536_000
    assert response.cache_control.immutable
    assert response.cache_control.public


def test_a_file_beside_the_index(page) -> None:
    response = page.get("/icon.svg")
    assert (response.text, response.mimetype) == ("<svg/>", "image/svg+xml")
    assert response.headers["Cache-Control"] == "no-cache"


def test_a_missing_asset_is_no_page(page) -> None:
    problem(page.get("/assets/main-old.js"), 404)


def test_a_name_that_no_file_can_have_leads_to_the_index(page) -> None:
    assert page.get("/" + "я" * 2000).text == INDEX


@pytest.mark.parametrize("address", ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/.."])
def test_nothing_outside_the_folder(page, address) -> None:
    assert page.get(address).text == INDEX


@pytest.mark.parametrize("address", ["/assets/../../secret.txt", "/assets/..%2f..%2fsecret.txt"])
def test_nothing_outside_the_assets(page, address) -> None:
    assert "secret" not in page.get(address).text.replace("/secret", "")


@pytest.mark.parametrize("address", ["/api", "/api/v1", "/api/v1/no-such", "/api/v1/offers/x/y", "/docs/no-such"])
def test_unknown_addresses_of_the_api_stay_unknown(page, address) -> None:
    problem(page.get(address), 404)
    problem(page.post(address), 404 if address.startswith("/api") else 405)


def test_methods_of_the_api_stay_its_own(page) -> None:
    response = page.get("/api/v1/labels")
    problem(response, 405)
    assert "POST" in response.headers["Allow"]
    assert page.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("address", ["/docs", "/openapi.json", "/healthz", "/metrics"])
def test_the_service_addresses_stay(page, address) -> None:
    response = page.get(address)
    assert response.status_code == 200
    assert response.text != INDEX


def test_the_page_is_no_part_of_the_description(page) -> None:
    paths = page.get("/openapi.json").get_json()["paths"]
    assert all(path.startswith("/api/v1/") or path in {"/healthz", "/readyz", "/metrics"} for path in paths)


def test_metrics_do_not_keep_the_addresses_of_the_page(page) -> None:
    page.get("/history/very-special")
    assert "very-special" not in page.get("/metrics").text


def test_without_a_built_page_a_person_lands_on_the_docs(client) -> None:
    response = client.get("/")
    assert (response.status_code, response.headers["Location"]) == (302, "/docs")
    problem(client.get("/new"), 404)


def test_the_folder_does_not_depend_on_where_the_process_runs(test_settings, monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    relative = test_settings.model_copy(update={"page_dir": Path("frontend/dist")})
    assert relative.page_folder == ROOT / "frontend" / "dist"
