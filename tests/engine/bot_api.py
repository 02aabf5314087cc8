"""A server of ours that speaks Telegram's Bot API over HTTP: messages out, updates by webhook or by asking.

After https://core.telegram.org/bots/api: `getUpdates` forgets what an offset confirms and refuses while a
webhook is set; a webhook is called with the secret token, and its answer may be a method.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "123456:ABC-DEF"
Said = dict[str, Any]


@dataclass
class BotApi:
    """One bot, and the people who write to it."""

    sent: list[Said] = field(default_factory=list)
    """Messages that the bot wrote."""
    toasts: list[Said] = field(default_factory=list)
    webhook: Said | None = None
    patient: bool = False
    """Whether it waits for news before it answers `getUpdates`, as Telegram does."""
    _updates: list[Said] = field(default_factory=list)
    _numbers: int = 7000

    def write(self, chat: int, text: str, kind: str = "private") -> Said | None:
        """Somebody writes to the bot; what the webhook answered."""
        named = {"id": chat, "type": kind, "first_name": "Ann", "last_name": "Lee"}
        return self._happens(message={"message_id": 1, "from": named, "chat": named, "text": text})

    def press(self, message: Said, column: int = 0) -> Said | None:
        """Somebody presses a button under a message of the bot's."""
        data = message["reply_markup"]["inline_keyboard"][0][column]["callback_data"]
        chat = {"id": message["chat_id"], "type": "private"}
        shown = {"message_id": message["message_id"], "chat": chat}
        return self._happens(
            callback_query={"id": f"q{self._numbers}", "from": chat, "message": shown, "data": data}
        )

    def call(self, method: str, said: Said) -> tuple[int, Said]:
        """What the bot asks for: status and body."""
        match method:
            case "sendMessage":
                self.sent.append({**said, "message_id": 70 + len(self.sent)})
                result = {"message_id": self.sent[-1]["message_id"], "chat": {"id": said["chat_id"]}}
                return 200, {"ok": True, "result": result}
            case "editMessageText":
                shown = next(m for m in self.sent if m["message_id"] == said["message_id"])
                # What an edit leaves out is gone, buttons too.
                shown.pop("reply_markup", None)
                shown.update(said)
                return 200, {"ok": True, "result": shown}
            case "answerCallbackQuery":
                self.toasts.append(said)
                return 200, {"ok": True, "result": True}
            case "getUpdates" if self.webhook:
                words = "Conflict: can't use getUpdates method while webhook is active"
                return 409, {"ok": False, "error_code": 409, "description": words}
            case "getUpdates":
                self._wait(said)
                self._updates = [u for u in self._updates if u["update_id"] >= said.get("offset", 0)]
                return 200, {"ok": True, "result": self._updates[: said["limit"]]}
            case _:
                return 404, {"ok": False, "error_code": 404, "description": "Not Found"}

    def _wait(self, said: Said) -> None:
        until = time.monotonic() + (said["timeout"] if self.patient else 0)
        while time.monotonic() < until:
            if any(update["update_id"] >= said.get("offset", 0) for update in self._updates):
                return
            time.sleep(0.02)

    def _happens(self, **what: Said) -> Said | None:
        self._numbers += 1
        update = {"update_id": self._numbers, **what}
        if self.webhook is None:
            self._updates.append(update)
            return None
        head = {
            "content-type": "application/json",
            "x-telegram-bot-api-secret-token": self.webhook["secret_token"],
        }
        request = urllib.request.Request(self.webhook["url"], json.dumps(update).encode(), head)
        with urllib.request.urlopen(request) as answer:
            body = answer.read()
        said: Said = json.loads(body) if body else {}
        if "method" in said:
            self.call(said.pop("method"), said)
        return said


@contextmanager
def serve(answer: Any) -> Iterator[str]:
    """A web server on this machine; `answer` takes path, headers and body and gives status and body."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, said = answer(self.path, dict(self.headers), body)
            self.send_response(status)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answering(bot: BotApi) -> Any:
    """The bot's API as `serve` wants it; another token is refused."""

    def answer(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        del headers
        _, token, method = path.split("/")
        status, said = bot.call(method, json.loads(body)) if token == f"bot{TOKEN}" else (401, {"ok": False})
        return status, json.dumps(said).encode()

    return answer
