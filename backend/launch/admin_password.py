"""`python -m backend.launch.admin_password`: make ADMIN_PASSWORD the password of `admin`, unless it is already.

So whoever lost the password gets back in: `ADMIN_PASSWORD=… make run`.
"""

from backend.app import create_app
from backend.common.db import db
from backend.config import get_settings
from backend.users import passwords
from backend.users import service as users

USERNAME = "admin"


def main() -> None:
    given = get_settings().admin_password
    if given is None:
        return
    with create_app().app_context():
        admin = users.by_username(USERNAME)
        if admin is None or passwords.matches(admin.password_hash, given.get_secret_value()):
            return
        users.reset_password(admin, given.get_secret_value(), by_operator=True)
        db.session.commit()


if __name__ == "__main__":
    main()
