"""The first start: whoever holds the token from the terminal becomes the owner."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import Response

from tocsin.auth.passwords import SHORTEST, hash_password
from tocsin.auth.setup import create_owner, setup_allowed
from tocsin.core.people import User
from tocsin.kit.errors import BadInput, NotFound, Problem
from tocsin.languages import say
from tocsin.web import clockwork
from tocsin.web.declare import Page
from tocsin.web.show import page, problems_by_field
from tocsin.web.visit import Visit, sign_in

FIELDS = ("account", "first_name", "last_name", "email")


def show(visit: Visit) -> Response:
    """The form, while there is no owner. Raises NotFound."""
    _check(visit)
    return _form(visit, {})


def create(visit: Visit) -> Response:
    """Create the account and sign its owner in. Raises NotFound."""
    _check(visit)
    try:
        owner, password_hash = _owner(visit), hash_password(visit.form.get("password", "")[:1024])
    except BadInput as wrong:
        return _form(visit, problems_by_field(wrong), HTTPStatus.UNPROCESSABLE_ENTITY)
    with visit.deployment.db.write() as tx:
        person = create_owner(tx, owner, password_hash, visit.said("account", 255))
        return sign_in(visit, tx, person.id, "/incidents")


def _check(visit: Visit) -> None:
    with visit.deployment.db.read() as tx:
        if not setup_allowed(tx, str(visit.request.path_params["token"])):
            raise NotFound("This set-up link is not valid any more.")


def _owner(visit: Visit) -> User:
    """The owner from the form. Raises BadInput."""
    email = visit.said("email", 255)
    named = visit.said("first_name", 255) or visit.said("last_name", 255)
    wrong = [] if named else [Problem("first_name", "tell us your name")]
    if email.count("@") != 1 or email.startswith("@") or email.endswith("@") or " " in email:
        wrong.append(Problem("email", "write an address like ann@example.com"))
    if len(visit.form.get("password", "")) < SHORTEST:
        wrong.append(Problem("password", say(visit.language, "use at least {n} characters", n=SHORTEST)))
    if wrong:
        raise BadInput(*wrong)
    wanted_zone = visit.said("timezone", 64)
    return User(
        username=email,
        email=email,
        first_name=visit.said("first_name", 255),
        last_name=visit.said("last_name", 255),
        role="OWNER",
        language=visit.language,
        timezone=wanted_zone if clockwork.is_zone(wanted_zone) else "UTC",
    )


def _form(visit: Visit, problems: dict[str, str], status: int = 200) -> Response:
    said = {name: visit.said(name, 255) for name in FIELDS}
    return page(visit, "setup.html", status=status, said=said, problems=problems, shortest=SHORTEST)


def pages() -> list[Page]:
    """The routes of this file."""
    return [Page(path="/setup/{token}", action="TOKEN", get=show, post=create)]
