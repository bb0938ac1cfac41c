"""Users, the session of the web page, one's own account, the audit log."""

import uuid
from typing import Any

from apiflask import APIBlueprint
from flask import Response, jsonify, request
from werkzeug.datastructures import Authorization

from backend.common import audit
from backend.common.audit import AuditEntry
from backend.common.db import db
from backend.common.pages import Page
from backend.errors import Unauthorized
from backend.users import schemas, service, sessions
from backend.users.auth import auth, current_user
from backend.users.models import User

bp = APIBlueprint("users", __name__, tag="Пользователи")


@bp.get("/users")
@bp.auth_required(auth, roles=["admin"])
@bp.input(schemas.UserQuery, location="query")
@bp.output(schemas.UserPage)
def list_users(query_data: dict[str, Any]) -> Page[User]:
    """Список пользователей."""
    return service.list_users(query_data)


@bp.post("/users")
@bp.auth_required(auth, roles=["admin"])
@bp.input(schemas.UserIn)
@bp.output(schemas.UserOut, status_code=201)
@bp.doc(responses=[409])
def create_user(json_data: dict[str, Any]) -> User:
    """Завести пользователя."""
    user = service.create(**json_data)
    db.session.commit()
    return user


@bp.get("/users/<uuid:user_id>")
@bp.auth_required(auth, roles=["admin"])
@bp.output(schemas.UserSeen)
def get_user(user_id: uuid.UUID) -> User:
    """Один пользователь."""
    return service.get_seen(user_id)


@bp.patch("/users/<uuid:user_id>")
@bp.auth_required(auth, roles=["admin"])
@bp.input(schemas.UserChange)
@bp.output(schemas.UserOut)
@bp.doc(responses=[409])
def change_user(user_id: uuid.UUID, json_data: dict[str, Any]) -> User:
    """Изменить имя, роль; отключить или включить."""
    user = service.change(service.get(user_id), json_data)
    db.session.commit()
    return user


@bp.post("/users/<uuid:user_id>/password")
@bp.auth_required(auth, roles=["admin"])
@bp.input(schemas.PasswordReset)
@bp.output(schemas.PasswordOut)
def reset_password(user_id: uuid.UUID, json_data: dict[str, Any]) -> dict[str, str]:
    """Сбросить пароль; новый показывается один раз."""
    password = service.reset_password(service.get(user_id), json_data.get("password"))
    db.session.commit()
    return {"password": password}


@bp.get("/me")
@bp.auth_required(auth)
@bp.output(schemas.UserOut)
def get_me() -> User:
    """Кто я."""
    return current_user()


@bp.post("/me/password")
@bp.auth_required(auth)
@bp.input(schemas.PasswordChange)
@bp.output({}, status_code=204)
def change_my_password(json_data: dict[str, str]) -> Response:
    """Сменить свой пароль; все сеансы завершаются, этот начинается заново."""
    old, new = json_data["old_password"], json_data["new_password"]
    fresh = service.change_own_password(current_user(), old, new, sessions.current(), request.remote_addr or "")
    db.session.commit()
    response = Response(status=204)
    if fresh:
        sessions.give_cookies(response, fresh)
    return response


@bp.post("/session")
@bp.input(schemas.Credentials)
@bp.output(schemas.SessionOut, status_code=201)
@bp.doc(responses=[401, 429], security=[{}, {"BasicAuth": []}])
def sign_in(json_data: dict[str, str]) -> Response:
    """Войти на странице по имени и паролю из тела или из HTTP Basic."""
    given = auth.get_auth() or Authorization("basic", {})
    user = service.check_password(
        json_data.get("username", given.username or ""),
        json_data.get("password", given.password or ""),
        request.remote_addr or "",
    )
    if user is None or not service.hold(user):
        raise Unauthorized("Имя или пароль неверны")
    if former := sessions.current():
        sessions.end(former)
    session = sessions.start(user)
    audit.record("session.start", f"user:{user.username}", actor=user)
    db.session.commit()
    body = schemas.SessionOut().dump(
        {"user": user, "csrf_token": sessions.csrf_token(session), "expires_at": session.expires_at}
    )
    response = jsonify(body)
    response.status_code = 201
    sessions.give_cookies(response, session)
    return response


@bp.delete("/session")
@bp.auth_required(auth)
@bp.output({}, status_code=204)
def sign_out() -> Response:
    """Выйти: сеанс завершается сразу, cookie стираются."""
    if session := sessions.current():
        sessions.end(session)
        db.session.commit()
    response = Response(status=204)
    sessions.take_cookies(response)
    return response


@bp.get("/audit")
@bp.auth_required(auth, roles=["admin"])
@bp.input(schemas.AuditQuery, location="query")
@bp.output(schemas.AuditPage)
def list_audit(query_data: dict[str, Any]) -> Page[AuditEntry]:
    """Кто, что и когда сделал."""
    return service.list_audit(query_data)
