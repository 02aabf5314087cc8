"""The link in a mail by which somebody who was invited, or forgot the password, sets one and is signed in."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import Response

from tocsin.auth.invitations import invited_user, take_up
from tocsin.auth.passwords import SHORTEST
from tocsin.core.people import Person
from tocsin.kit.errors import BadInput, NotFound
from tocsin.store import people
from tocsin.store.database import Transaction
from tocsin.web.declare import Page
from tocsin.web.profile_form import new_password
from tocsin.web.show import page, problems_by_field
from tocsin.web.visit import Visit, sign_in


def show(visit: Visit) -> Response:
    """The form, until a password was set. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        return _form(visit, _invited(visit, tx), {})


def accept(visit: Visit) -> Response:
    """Set the password and sign in; the link is used up. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        person = _invited(visit, tx)
    try:
        password_hash = new_password(visit)
    except BadInput as wrong:
        return _form(visit, person, problems_by_field(wrong), HTTPStatus.UNPROCESSABLE_ENTITY)
    with visit.deployment.db.write() as tx:
        person = _invited(visit, tx)
        take_up(tx, person, password_hash)
        return sign_in(visit, tx, person.id, "/me?said=welcome")


def _invited(visit: Visit, tx: Transaction) -> Person:
    token = str(visit.request.path_params["token"])
    user_id = invited_user(tx, visit.deployment.secret, token)
    if user_id is None:
        raise NotFound("This link was used already, or is not valid any more. Ask for a new one.")
    return people.one(tx, user_id)


def _form(visit: Visit, invited: Person, problems: dict[str, str], status: int = 200) -> Response:
    return page(
        visit, "invitation.html", status=status, invited=invited, problems=problems, shortest=SHORTEST
    )


def pages() -> list[Page]:
    """The routes of this file."""
    return [Page(path="/invitation/{token}", action="TOKEN", get=show, post=accept)]
