"""Speaks the Responses API over HTTP on loopback: routes, key, history, and records at a pace.

What is answered is the business of the brain it is given; it opens nothing but its one port.
"""

import asyncio
import hmac
import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tui_assist.practice.check import Refusal, refuse, validate
from tui_assist.practice.http import MAX_HEAD, Answer, BadRequest, HttpRequest, read_request
from tui_assist.practice.reply import Record, Reply
from tui_assist.practice.stream import Composer, NewId, random_id

Brain = Callable[[Mapping[str, Any]], Reply]
"""From a request, its `input` always the whole list of items, to the reply."""

RESPONSES = frozenset({"/v1/responses", "/openai/v1/responses", "/openai/responses"})
MODELS = frozenset({"/v1/models", "/openai/v1/models", "/openai/models"})
BREATH = 32  # records written before the loop may do something else, where no pace is kept


class Server:
    """A Responses server on 127.0.0.1. `start` opens its port, `close` ends it with all connections.

    `rate` is deltas a second, 0 as fast as the client reads. Every request needs `token`, as bearer
    or `api-key`, and a Host that is this server.
    """

    def __init__(
        self, brain: Brain, *, rate: float = 0.0, models: tuple[str, ...] = (), new_id: NewId = random_id
    ) -> None:
        self.token = secrets.token_urlsafe(24)
        self.rate = rate
        self.models = models  # those it takes; () takes any name
        self.new_id = new_id
        self._brain = brain
        self._stored: dict[str, list[Any]] = {}  # response id → the items of its conversation
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=MAX_HEAD)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        answer = Answer(reader, writer)
        try:
            while request := await read_request(reader):
                await self.route(request, answer)
        except BadRequest as error:
            await answer.json(400, refuse(str(error)).body, {"Connection": "close"})
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has gone, or the server is closing: nobody is left to tell
        finally:
            self._connections.discard(task)
            writer.close()

    async def route(self, request: HttpRequest, answer: Answer) -> None:
        if refusal := self.admit(request):
            await answer.json(refusal.status, refusal.body)
        elif request.method == "POST" and request.path in RESPONSES:
            await self.respond(request, answer)
        elif request.method == "GET" and request.path in MODELS:
            await answer.json(200, {"object": "list", "data": self.listing()})
        else:
            refusal = refuse(f"Invalid URL ({request.method} {request.path})", status=404)
            await answer.json(refusal.status, refusal.body)

    def admit(self, request: HttpRequest) -> Refusal | None:
        """Refuses who does not know the token, and what a browser was tricked into sending."""
        if request.headers.get("host") not in {f"127.0.0.1:{self.port}", f"localhost:{self.port}"}:
            return refuse("This server answers only to its own address.", status=403)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        given = request.headers.get("api-key") or bearer
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            return refuse("Incorrect API key provided.", code="invalid_api_key", status=401)
        return None

    def listing(self) -> list[dict[str, Any]]:
        """The entries of `GET /v1/models`."""
        return [
            {"id": name, "object": "model", "created": 0, "owned_by": "tui-assist"} for name in self.models
        ]

    async def respond(self, http: HttpRequest, answer: Answer) -> None:
        try:
            request = json.loads(http.body)
        except ValueError:
            request = None
        if not isinstance(request, dict):
            refusal = refuse("We could not parse the JSON body of your request.")
            await answer.json(refusal.status, refusal.body)
            return
        earlier = self._stored.get(str(request.get("previous_response_id")))
        if problem := self.check(request, earlier):
            await answer.json(problem.status, problem.body)
            return
        whole = {**request, "input": [*(earlier or ()), *items_of(request)]}
        try:
            reply = self._brain(whole)
        except Exception as error:  # a bug in a rule: the person sees it, and the server goes on
            failure = refuse(f"The model failed: {error!r}", code="server_error", status=500)
            await answer.json(failure.status, failure.body)
            return
        records = self.keep(whole, self.records(whole, reply))
        if request.get("stream"):
            answer.begin("text/event-stream; charset=utf-8")
            await self.stream(answer, records)
        else:
            await answer.json(200, [*records][-1]["response"])

    def check(self, request: Mapping[str, Any], earlier: list[Any] | None) -> Refusal | None:
        if self.models and request.get("model") not in self.models:
            message = f"The model `{request.get('model')}` does not exist or you do not have access to it."
            return refuse(message, code="model_not_found", status=404)
        return validate(request, earlier)

    def records(self, request: Mapping[str, Any], reply: Reply) -> Iterator[Record]:
        return Composer(request, self.new_id).records(reply)

    def keep(self, request: Mapping[str, Any], records: Iterator[Record]) -> Iterator[Record]:
        """The same records; a finished response is remembered, unless `store` is false."""
        for record in records:
            response = record.get("response")
            if record["type"] == "response.completed" and response and request.get("store") is not False:
                self._stored[response["id"]] = [*request["input"], *response["output"]]
            yield record

    async def stream(self, answer: Answer, records: Iterator[Record]) -> None:
        """Writes every record as server-sent event, deltas at the server's pace."""
        begun, deltas = time.monotonic(), 0
        for number, record in enumerate(records):
            answer.chunk(frame(record))
            if self.rate and record["type"].endswith(".delta"):
                deltas += 1
                await answer.flush()
                await asyncio.sleep(begun + deltas / self.rate - time.monotonic())
            elif number % BREATH == 0:
                await answer.flush()
                await asyncio.sleep(0)
        await answer.end()


def items_of(request: Mapping[str, Any]) -> list[Any]:
    """The request's own input as items; a plain string is a user's message."""
    given = request.get("input")
    if isinstance(given, str):
        return [{"type": "message", "role": "user", "content": given}]
    return list(given or ())


def frame(record: Record) -> bytes:
    """One server-sent event."""
    return f"event: {record.get('type', '')}\ndata: {json.dumps(record, ensure_ascii=False)}\n\n".encode()
