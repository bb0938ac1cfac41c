"""Products, channels, the bank's profile, and the import of a catalogue."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from apiflask import APIBlueprint
from flask import request

from backend.catalogue import schemas, service
from backend.catalogue.models import BankProfile, Channel
from backend.catalogue.service import Imported
from backend.common.db import db
from backend.common.pages import Page
from backend.errors import UnsupportedMedia
from backend.users.auth import auth

bp = APIBlueprint("catalogue", __name__, tag="Каталог")


@bp.get("/products")
@bp.auth_required(auth)
@bp.input(schemas.ProductQuery, location="query")
@bp.output(schemas.ProductPage)
def list_products(query_data: dict[str, Any]) -> Page[dict[str, Any]]:
    """Список продуктов."""
    return service.view_page(query_data)


@bp.post("/products")
@bp.auth_required(auth, roles=["admin"])
@bp.input(schemas.ProductIn)
@bp.output(schemas.ProductDetail, status_code=201)
@bp.doc(responses=[409])
def create_product(json_data: dict[str, Any]) -> dict[str, Any]:
    """Завести продукт."""
    product = service.create_product(json_data)
    db.session.commit()
    return service.view(product)


@bp.get("/products/<code>")
@bp.auth_required(auth)
@bp.output(schemas.ProductDetail)
def get_product(code: str) -> dict[str, Any]:
    """Один продукт: карточка, какие условия требует закон и каких не хватает."""
    return service.view(service.find_product(code))


@bp.patch("/products/<code>")
@bp.auth_required(auth, roles=["admin"])
@bp.input(schemas.ProductChange)
@bp.output(schemas.ProductDetail)
@bp.doc(responses=[409])
def change_product(code: str, json_data: dict[str, Any]) -> dict[str, Any]:
    """Изменить продукт."""
    product = service.change_product(code, json_data.pop("version"), json_data)
    db.session.commit()
    return service.view(product)


@bp.post("/products/<code>/archive")
@bp.auth_required(auth, roles=["admin"])
@bp.input(schemas.VersionIn)
@bp.output(schemas.ProductDetail)
@bp.doc(responses=[409])
def archive_product(code: str, json_data: dict[str, int]) -> dict[str, Any]:
    """Убрать продукт в архив: новых текстов о нём не будет."""
    product = service.archive_product(code, json_data["version"])
    db.session.commit()
    return service.view(product)


@bp.post("/products/<code>/restore")
@bp.auth_required(auth, roles=["admin"])
@bp.input(schemas.VersionIn)
@bp.output(schemas.ProductDetail)
@bp.doc(responses=[409])
def restore_product(code: str, json_data: dict[str, int]) -> dict[str, Any]:
    """Вернуть продукт из архива."""
    product = service.restore_product(code, json_data["version"])
    db.session.commit()
    return service.view(product)


@bp.get("/channels")
@bp.auth_required(auth)
@bp.input(schemas.ChannelQuery, location="query")
@bp.output(schemas.ChannelPage)
def list_channels(query_data: dict[str, Any]) -> Page[Channel]:
    """Список каналов."""
    return service.list_channels(query_data)


@bp.post("/channels")
@bp.auth_required(auth, roles=["admin"])
@bp.input(schemas.ChannelIn)
@bp.output(schemas.ChannelOut, status_code=201)
@bp.doc(responses=[409])
def create_channel(json_data: dict[str, Any]) -> Channel:
    """Завести канал."""
    channel = service.create_channel(json_data)
    db.session.commit()
    return channel


@bp.get("/channels/<code>")
@bp.auth_required(auth)
@bp.output(schemas.ChannelOut)
def get_channel(code: str) -> Channel:
    """Один канал."""
    return service.find_channel(code)


@bp.patch("/channels/<code>")
@bp.auth_required(auth, roles=["admin"])
@bp.input(schemas.ChannelChange)
@bp.output(schemas.ChannelOut)
@bp.doc(responses=[409])
def change_channel(code: str, json_data: dict[str, Any]) -> Channel:
    """Изменить канал."""
    channel = service.change_channel(code, json_data.pop("version"), json_data)
    db.session.commit()
    return channel


@bp.post("/channels/<code>/archive")
@bp.auth_required(auth, roles=["admin"])
@bp.input(schemas.VersionIn)
@bp.output(schemas.ChannelOut)
@bp.doc(responses=[409])
def archive_channel(code: str, json_data: dict[str, int]) -> Channel:
    """Убрать канал в архив."""
    channel = service.archive_channel(code, json_data["version"])
    db.session.commit()
    return channel


@bp.post("/channels/<code>/restore")
@bp.auth_required(auth, roles=["admin"])
@bp.input(schemas.VersionIn)
@bp.output(schemas.ChannelOut)
@bp.doc(responses=[409])
def restore_channel(code: str, json_data: dict[str, int]) -> Channel:
    """Вернуть канал из архива."""
    channel = service.restore_channel(code, json_data["version"])
    db.session.commit()
    return channel


@bp.get("/catalogue/conditions")
@bp.auth_required(auth)
@bp.output(schemas.ReferenceOut)
def list_conditions() -> dict[str, Any]:
    """Из чего заполняют карточку: правовые режимы с их условиями, факты о клиентах и сегменты."""
    return service.reference()


@bp.get("/bank")
@bp.auth_required(auth)
@bp.output(schemas.BankOut)
def get_bank() -> BankProfile:
    """Профиль банка."""
    return service.bank_profile()


@bp.patch("/bank")
@bp.auth_required(auth, roles=["admin"])
@bp.input(schemas.BankChange)
@bp.output(schemas.BankOut)
@bp.doc(responses=[409])
def change_bank(json_data: dict[str, Any]) -> BankProfile:
    """Изменить профиль банка."""
    profile = service.change_bank(json_data.pop("version"), json_data)
    db.session.commit()
    return profile


def multipart(view: Callable[..., Any]) -> Callable[..., Any]:
    """Stands before the schema, which would report a body of another content type as an absent file."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if request.mimetype != "multipart/form-data":
            raise UnsupportedMedia("Файл передаётся как multipart/form-data, поле file")
        return view(*args, **kwargs)

    return checked


@bp.post("/catalogue/import")
@bp.auth_required(auth, roles=["admin"])
@multipart
@bp.input(schemas.ImportQuery, location="query")
@bp.input(schemas.ImportFile, location="files", arg_name="upload")
@bp.output(schemas.ImportReport)
@bp.doc(responses=[409])
def import_catalogue(query_data: dict[str, Any], upload: dict[str, Any]) -> Imported:
    """Принять каталог из книги Excel: A:B — продукты, E:F — каналы; всё или ничего."""
    file = upload["file"]
    report = service.import_catalogue(file.read(), file.filename or "", dry_run=query_data["dry_run"])
    db.session.commit()
    return report
