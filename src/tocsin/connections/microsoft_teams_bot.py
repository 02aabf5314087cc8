"""Microsoft Teams by a bot of yours: one card for each incident, redrawn as it moves, with buttons.

Wire: the Bot Connector API (`/v3/conversations`, `…/activities`, `…/members`) with a token of Microsoft Entra. Back:
activities of the Bot Framework, whose tokens are checked as Microsoft asks of those who do it themselves
(“Authenticate requests from the Bot Connector service to your bot”); the buttons are `Action.Execute`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

from tocsin.connections.answers import done, json_of, json_request, title
from tocsin.connections.hearing import incident_number
from tocsin.connections.microsoft_teams import message
from tocsin.connections.signed_tokens import claims_of
from tocsin.connections.tickets import Asking, Course, Steps, replay
from tocsin.core.connections import Occasion, Outcome, Remote
from tocsin.kit.errors import BadInput, Forbidden
from tocsin.kit.value import MaxLen, MinLen, dumps, replace, value
from tocsin.kit.web_address import Url
from tocsin.plugins import (
    Answer,
    Callback,
    Errand,
    HookHeard,
    HttpAnswer,
    HttpReply,
    HttpRequest,
    Request,
    Told,
    ValueClass,
)
from tocsin.plugins.said import fields_of, text_at

ISSUER = "https://api.botframework.com"
_SCOPE = "https://api.botframework.com/.default"
_ACTIONS: dict[str, Literal["ACCEPT", "RESOLVE", "ESCALATE"]] = {
    "accept": "ACCEPT",
    "resolve": "RESOLVE",
    "escalate": "ESCALATE",
}
_CHANNELS = ("@thread.tacv2", "@thread.skype")
"""How the ids of channels end: there every incident is a thread of its own. A chat is one conversation."""

Id = Annotated[str, MinLen(1), MaxLen(255)]


@value
class TeamsBotConnector:
    """A bot of yours, registered with Azure Bot as single tenant."""

    app_id: Id
    """The Microsoft App ID."""
    app_password: Annotated[str, MinLen(1), MaxLen(1_024)]
    """Its client secret."""
    tenant_id: Id
    """Your directory: nobody of another one is heard."""
    service_url: Url = "https://smba.trafficmanager.net/teams/"
    login_url: Url = "https://login.microsoftonline.com"
    openid_url: Url = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    """Where the keys of the Bot Connector are published."""


@value
class TeamsBotParams:
    """Which channel or chat: the bot must be a member."""

    channel_id: Annotated[str, MinLen(1), MaxLen(255)]
    """`19:…@thread.tacv2`: it stands in the channel's link."""
    channel_name: Annotated[str, MaxLen(255)] = ""
    team_id: Annotated[str, MaxLen(255)] = ""
    team_name: Annotated[str, MaxLen(255)] = ""
    type: Literal["chat"] = "chat"


class TeamsBot(Course):
    """The connection type `microsoft_teams_bot`."""

    type = "microsoft_teams_bot"
    name = "Microsoft Teams (bot)"
    connector: ValueClass | None = TeamsBotConnector
    params: ValueClass = TeamsBotParams
    secrets = frozenset({"app_password"})
    updates = True
    two_way = True

    def steps(self, errand: Errand) -> Steps:
        """Post the card, redraw it, or reply with a comment."""
        granted = yield _token_request(errand.connector)
        if wrong := self.refusal(granted):
            return wrong
        said = yield _activity(errand, text_at(json_of(granted), "access_token"))
        if (wrong := self.refusal(said)) or errand.remote:
            return wrong or done(said)
        found, channel = json_of(said), errand.params.channel_id
        made = text_at(found, "activityId") or text_at(found, "id")
        if not made:
            return Outcome(kind="PERMANENT", answer="Teams did not say what it made")
        place = text_at(found, "id") if channel.endswith(_CHANNELS) else channel
        return done(said, Remote(id=made, state={"conversation": place}))

    def probe(self, connector: TeamsBotConnector) -> Request:
        """Does Entra know the bot."""
        return _token_request(connector)

    def listen(
        self, callback: Callback, connector: TeamsBotConnector, params: Any, answers: tuple[Answer, ...]
    ) -> Request | HookHeard:
        """A button was pressed: by whom, in their directory's words. Raises Forbidden, BadInput."""
        del params
        return replay(_heard(callback, connector), answers)


def _heard(callback: Callback, connector: TeamsBotConnector) -> Asking[HookHeard]:
    activity = fields_of(callback.body)
    metadata = yield _public(connector.openid_url)
    keys = text_at(json_of(metadata), "jwks_uri")
    if not keys:
        raise BadInput.at("", "the keys of the Bot Connector cannot be fetched: try again")
    published = yield _public(keys)
    _demand_teams(callback, connector, activity, json_of(published))
    verb = text_at(activity, "value", "action", "verb")
    incident_id = incident_number(text_at(activity, "value", "action", "data", "incident"))
    if text_at(activity, "name") != "adaptiveCard/action" or verb not in _ACTIONS or incident_id is None:
        return HookHeard()
    email = yield from _email(connector, activity)
    told = Told(
        remote_id="",
        incident_id=incident_id,
        action=_ACTIONS[verb],
        by=text_at(activity, "from", "name"),
        identity=text_at(activity, "from", "aadObjectId"),
        email=email,
        redraw=True,
    )
    return HookHeard(told=(told,), answer=_reply())


def _demand_teams(
    callback: Callback, connector: TeamsBotConnector, activity: Mapping[str, Any], published: Any
) -> None:
    """Raises Forbidden unless the Bot Connector itself sends this activity, to us, from our directory."""
    scheme, _, token = callback.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Forbidden("the request carries no token of the Bot Connector")
    claims, key = claims_of(
        token, published, issuer=ISSUER, audience=connector.app_id, now=callback.received_at
    )
    meant = text_at(claims, "serviceurl") or text_at(claims, "serviceUrl")
    if meant != text_at(activity, "serviceUrl"):
        raise Forbidden("the token is for another service URL than the activity's")
    endorsed = key.get("endorsements")
    if isinstance(endorsed, list) and text_at(activity, "channelId") not in endorsed:
        raise Forbidden("the key is not for this channel")
    tenant = text_at(activity, "conversation", "tenantId") or text_at(activity, "channelData", "tenant", "id")
    if tenant != connector.tenant_id:
        raise Forbidden("the activity is of another directory")


def _email(connector: TeamsBotConnector, activity: Mapping[str, Any]) -> Asking[str]:
    """The address of whoever pressed; "" where Teams does not say."""
    granted = yield _token_request(connector)
    token = text_at(json_of(granted), "access_token")
    place, who = text_at(activity, "conversation", "id"), text_at(activity, "from", "id")
    member = yield _call(connector, token, "GET", f"{_quoted(place)}/members/{_quoted(who)}")
    if not isinstance(member, HttpAnswer) or member.status != 200:
        return ""
    found = json_of(member)
    return text_at(found, "email") or text_at(found, "userPrincipalName")


def _activity(errand: Errand, token: str) -> HttpRequest:
    o, there, channel = errand.occasion, errand.remote, errand.params.channel_id
    card = {**message(o, _buttons(o)), "summary": title(o)[:200]}
    if there is None and channel.endswith(_CHANNELS):
        data = {"channel": {"id": channel}, "tenant": {"id": errand.connector.tenant_id}}
        return _call(
            errand.connector, token, "POST", "", {"isGroup": True, "channelData": data, "activity": card}
        )
    if there is None:
        return _call(errand.connector, token, "POST", f"{_quoted(channel)}/activities", card)
    place = f"{_quoted(there.state.get('conversation', channel))}/activities"
    if o.comment:
        reply = {"type": "message", "text": f"{o.by}: {o.comment}"[:5_000], "replyToId": there.id}
        return _call(errand.connector, token, "POST", place, reply)
    return _call(errand.connector, token, "PUT", f"{place}/{_quoted(there.id)}", card)


def _buttons(o: Occasion) -> list[dict[str, Any]]:
    if o.over or not o.incident_id:
        return []
    shown = [("resolve", "Resolve"), ("escalate", "Escalate")]
    if o.status == "PENDING":
        shown.insert(0, ("accept", "Accept"))
    return [
        {"type": "Action.Execute", "title": label, "verb": verb, "data": {"incident": o.incident_id}}
        for verb, label in shown
    ]


def _token_request(connector: TeamsBotConnector) -> HttpRequest:
    form = {
        "grant_type": "client_credentials",
        "client_id": connector.app_id,
        "client_secret": connector.app_password,
        "scope": _SCOPE,
    }
    return HttpRequest(
        url=f"{connector.login_url.rstrip('/')}/{_quoted(connector.tenant_id)}/oauth2/v2.0/token",
        headers=(("content-type", "application/x-www-form-urlencoded"),),
        body=urlencode(form).encode(),
    )


def _call(connector: TeamsBotConnector, token: str, method: str, path: str, body: Any = None) -> HttpRequest:
    url = f"{connector.service_url.rstrip('/')}/v3/conversations{'/' if path else ''}{path}"
    return json_request(method, url, body, (("authorization", f"Bearer {token}"),))


def _public(url: str) -> HttpRequest:
    return replace(json_request("GET", url), answer_bytes_max=1_000_000)


def _reply() -> HttpReply:
    said = {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "OK"}
    return HttpReply(content_type="application/json", body=dumps(said).encode())


def _quoted(text: str) -> str:
    return quote(text, safe="")


connection = TeamsBot()
