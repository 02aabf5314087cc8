"""Installing our app in another product instead of pasting a token: where to agree there, and the way back.

The way back is a GET, as OAuth has it; it shows what was agreed, and a button fetches the token.
"""

from __future__ import annotations

from anyio.from_thread import run as on_the_loop
from starlette.responses import Response

from tocsin.auth import parameters
from tocsin.auth.install_states import install_state, installing
from tocsin.core.connections import Connector
from tocsin.kit.errors import BadInput, NotFound
from tocsin.kit.value import replace
from tocsin.plugins import ConnectionType, Installation, reaching
from tocsin.store import documents
from tocsin.store.kinds import CONNECTORS
from tocsin.web.declare import Page
from tocsin.web.pages.connectors import type_of
from tocsin.web.show import page
from tocsin.web.visit import Visit, see_other

BACK = "/connectors/installed"
LONGEST_CODE = 2_048


def begin(visit: Visit) -> Response:
    """What to enter over there, and the link to agree. Raises NotFound."""
    connector = _connector(visit, visit.number("id"))
    kind, installation = _installation(connector)
    state = install_state(visit.deployment.secret, connector.id, visit.someone.id, visit.now)
    back_to = visit.deployment.public_url + BACK
    address = installation.address(
        parameters.account(visit.deployment.vault, kind, connector), back_to, state
    )
    return page(
        visit,
        "connector_install.html",
        connector=connector,
        kind=kind.name,
        scopes=installation.scopes,
        back_to=back_to,
        address=address,
    )


def agreed(visit: Visit) -> Response:
    """Back from the product: what it says, and the button that ends it. Raises NotFound."""
    connector = _coming_back(visit, visit.asked.get("state", ""))
    if "code" not in visit.asked:
        why = visit.asked.get("error", "")[:200]
        return page(visit, "connector_refused.html", connector=connector, answer=why)
    return page(
        visit,
        "connector_installed.html",
        connector=connector,
        kind=type_of(connector.type).name,
        code=visit.asked["code"][:LONGEST_CODE],
        state=visit.asked["state"],
    )


def finish(visit: Visit) -> Response:
    """Fetch the token and keep it sealed. Raises NotFound."""
    number = _coming_back(visit, visit.said("state")).id
    connector = _connector(visit, number)
    kind, installation = _installation(connector)
    back_to = visit.deployment.public_url + BACK
    code = visit.said("code", LONGEST_CODE)
    request = installation.exchange(
        parameters.account(visit.deployment.vault, kind, connector), back_to, code
    )
    answer = on_the_loop(visit.deployment.ask, reaching(request, connector.private_targets))
    try:
        granted = installation.granted(answer)
    except BadInput as wrong:
        said = wrong.problems[0].message
        return page(visit, "connector_refused.html", connector=connector, answer=said)
    vault = visit.deployment.vault
    with visit.deployment.db.write() as tx:
        now = documents.get(tx, CONNECTORS, number)
        assert kind.connector is not None
        given = {**parameters.opened(vault, kind, now.params), **granted}
        params = parameters.seal(vault, kind, kind.connector, given, {})
        documents.save(tx, CONNECTORS, replace(now, params=params))
    return see_other("/connectors?said=installed")


def _coming_back(visit: Visit, state: str) -> Connector:
    """The connector of a state. Raises NotFound for one that is not this visitor's, or is over."""
    number = installing(visit.deployment.secret, state, visit.someone.id, visit.now)
    if number is None:
        raise NotFound("this installation was not begun by you, or more than ten minutes ago: begin it anew")
    return _connector(visit, number)


def _connector(visit: Visit, number: int) -> Connector:
    with visit.deployment.db.read() as tx:
        return documents.get(tx, CONNECTORS, number)


def _installation(connector: Connector) -> tuple[ConnectionType, Installation]:
    kind = type_of(connector.type)
    if kind.installation is None:
        raise NotFound("this product has no app to install")
    return kind, kind.installation


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path=BACK, action="MANAGE_CONNECTORS", get=agreed, post=finish),
        Page(path="/connectors/{id}/install", action="MANAGE_CONNECTORS", get=begin),
    ]
