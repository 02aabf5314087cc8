"""Push to this very browser: what makes Tocsin an app that can be installed, and its subscription."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import Response

from tocsin.auth.provider_params import opened
from tocsin.channels.tokens import base64url
from tocsin.channels.web_push import WebPush, address_of, subscription_of
from tocsin.channels.web_push_crypto import key_of, public_bytes
from tocsin.core.people import Contact, NotificationRule, Person
from tocsin.kit.errors import BadInput
from tocsin.kit.value import dumps
from tocsin.store import contacts, preferences, providers
from tocsin.store.database import Transaction
from tocsin.web.declare import Page
from tocsin.web.show import STATIC, asset, page
from tocsin.web.visit import Visit, see_other

METHOD = "PUSH"
MAX_ADDRESS = 2000
_ICONS = (("192", "any"), ("512", "any"), ("512", "maskable"))


def show(visit: Visit) -> Response:
    """The page that asks for permission on a tap."""
    return page(visit, "push.html", key=_public_key(visit))


def subscribe(visit: Visit) -> Response:
    """Keep the browser's subscription as an address of whoever is signed in. Raises BadInput, Conflict."""
    address = visit.said("subscription", MAX_ADDRESS)
    subscription = subscription_of(address)
    if subscription is None:
        raise BadInput.at("subscription", "the browser gave no subscription that pushes could be sent to")
    wanted = Contact(id=0, method=METHOD, target=address_of(subscription), label=_device(visit))
    with visit.deployment.db.write() as tx:
        _keep(tx, visit.someone, wanted)
    return see_other("/me/push?said=saved")


def _keep(tx: Transaction, person: Person, wanted: Contact) -> None:
    """Add the address; and the rule that uses it, if the person's rules would pass over pushes."""
    known = [c for c in person.contacts if c.method == METHOD and c.target == wanted.target]
    if known and known[0].usable:
        return
    if known:
        contacts.remove(tx, person.id, known[0].id)
    contacts.add(tx, person.id, wanted)
    high = [rule.method for rule in person.rules if rule.kind == "HIGH"]
    if high and METHOD not in high:
        preferences.add(tx, person.id, NotificationRule(id=0, kind="HIGH", method=METHOD))


def _public_key(visit: Visit) -> str:
    """What the browser knows us by; "" when Web Push was switched off."""
    with visit.deployment.db.read() as tx:
        found = [each for each in providers.active(tx) if (each.channel, each.type) == (METHOD, "web")]
    if not found:
        return ""
    config: WebPush = opened(visit.deployment.vault, found[0])
    return base64url(public_bytes(key_of(config.private_key)))


def _device(visit: Visit) -> str:
    """What to call the device: its kind and browser, by what the browser says of itself."""
    agent = visit.request.headers.get("user-agent", "")
    kinds = ("iPhone", "iPad", "Android", "Macintosh", "Windows", "Linux")
    browsers = (("Firefox", "Firefox"), ("Edg", "Edge"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    kind = next((name for name in kinds if name in agent), "")
    browser = next((name for mark, name in browsers if mark in agent), "")
    return f"{kind} {browser}".strip().replace("Macintosh", "Mac") or "Browser"


def worker(visit: Visit) -> Response:
    """The service worker. It stands at the root because it serves everything below its own path."""
    del visit
    return _file(STATIC / "worker.js", "text/javascript; charset=utf-8")


def manifest(visit: Visit) -> Response:
    """What the installed app is called and looks like."""
    del visit
    said = {
        "id": "/",
        "name": "Tocsin",
        "short_name": "Tocsin",
        "start_url": "/incidents",
        "scope": "/",
        "display": "standalone",
        "background_color": "#0E1116",
        "theme_color": "#0E1116",
        "icons": [
            {
                "src": asset(f"icon-{size}{'-maskable' if purpose == 'maskable' else ''}.png"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": purpose,
            }
            for size, purpose in _ICONS
        ],
        "shortcuts": [{"name": "Incidents", "url": "/incidents"}, {"name": "On call", "url": "/on-call"}],
    }
    answer = Response(dumps(said), media_type="application/manifest+json")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _file(path: Path, kind: str) -> Response:
    answer = Response(path.read_bytes(), media_type=kind)
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/me/push", action="SELF", get=show, post=subscribe),
        Page(path="/worker.js", action="PUBLIC", get=worker),
        Page(path="/manifest.webmanifest", action="PUBLIC", get=manifest),
    ]
