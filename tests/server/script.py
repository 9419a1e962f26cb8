"""The scripted server: plays one step a request, in one dialect, with faults where the test wants them."""

import itertools
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

from tests.server.dialects import DIALECTS
from tests.server.faults import (
    BadJson,
    ChatOnly,
    Disconnect,
    Fault,
    HalfLine,
    Html,
    OneByte,
    Refuse,
    SplitUtf8,
    Stall,
    Truncate,
    Whole,
    spoiled,
)
from tui_assist.practice.check import Refusal, refuse
from tui_assist.practice.http import Answer, HttpRequest
from tui_assist.practice.reply import Record, Reply, as_offered
from tui_assist.practice.wire import Server, frame

Step = Reply | Callable[["Asked"], Reply]


class Asked(dict[str, Any]):
    """The JSON body of one request for a response, and how it came."""

    def __init__(self, body: Mapping[str, Any], http: HttpRequest) -> None:
        super().__init__(body)
        self.http = http

    @property
    def input_items(self) -> list[dict[str, Any]]:
        given = self.get("input")
        return given if isinstance(given, list) else []

    def output_of(self, call_id: str) -> dict[str, Any]:
        """The item that answers that call."""
        found = [
            item
            for item in self.input_items
            if item.get("type", "").endswith("_output") and call_id in (item.get("call_id"), item.get("id"))
        ]
        assert len(found) == 1, f"{len(found)} outputs of {call_id} in {self.input_items}"
        return found[0]


ASKED: ContextVar[Asked] = ContextVar("asked")  # each connection is a task of its own
FAULT: ContextVar[Fault | None] = ContextVar("fault", default=None)


class ScriptedServer(Server):
    """`requests` are those it was sent, also the refused; `refusals` what it said no to by itself."""

    def __init__(
        self, steps: Sequence[Step], dialect: str, faults: Mapping[int, Fault], rate: float, model: str
    ) -> None:
        numbers = {
            prefix: itertools.count(1) for prefix in ("resp", "call", "msg", "rs", "fc", "ctc", "apc", "sh")
        }
        super().__init__(
            lambda request: (),
            rate=rate,
            models=(model,),
            new_id=lambda prefix: f"{prefix}_{next(numbers[prefix])}",
        )
        self.requests: list[Asked] = []
        self.refusals: list[str] = []
        self.played = 0  # steps whose response ended
        self._steps = steps
        self._dialect = DIALECTS[dialect]
        self._faults = faults
        self._azure = dialect == "azure"

    @property
    def base_url(self) -> str:
        return f"{self.endpoint}{self._dialect.path}"

    @property
    def endpoint(self) -> str:
        """Without a path: what Azure's dated versions are asked at."""
        return f"http://127.0.0.1:{self.port}"

    def admit(self, request: HttpRequest) -> Refusal | None:
        if not self._dialect.needs_key:
            return None
        return super().admit(request)

    def listing(self) -> list[dict[str, Any]]:
        return [{**entry, **self._dialect.listing} for entry in super().listing()]

    async def respond(self, http: HttpRequest, answer: Answer) -> None:
        asked, fault = Asked(json.loads(http.body), http), self._faults.get(len(self.requests))
        ASKED.set(asked)
        FAULT.set(fault)
        self.requests.append(asked)
        if http.path not in self._served(http) or isinstance(fault, ChatOnly):
            await answer.json(404, {"error": {"code": "404", "message": "Resource not found"}})
        elif isinstance(fault, Html):
            await answer.whole(200, fault.page.encode(), "text/html")
        elif isinstance(fault, Refuse):
            await self._refuse(fault, answer)
        else:
            await super().respond(http, answer)

    def _served(self, http: HttpRequest) -> set[str]:
        if not self._azure:
            return {"/v1/responses"}
        return {"/openai/v1/responses"} | ({"/openai/responses"} if "api-version" in http.query else set())

    async def _refuse(self, fault: Refuse, answer: Answer) -> None:
        if isinstance(fault.body, str):
            await answer.whole(fault.status, fault.body.encode(), "text/plain", fault.headers)
            return
        await answer.json(fault.status, fault.body or refuse("scripted").body, fault.headers)

    def check(self, request: Mapping[str, Any], earlier: list[Any] | None) -> Refusal | None:
        refusal = self._dialect.check(request, earlier)
        if refusal is None and self.played >= len(self._steps):
            refusal = refuse(f"the script has only {len(self._steps)} steps")
        if refusal is not None:
            self.refusals.append(json.dumps(refusal.body))
        return refusal

    def records(self, request: Mapping[str, Any], reply: Reply) -> Iterator[Record]:
        step = self._steps[self.played]
        asked = Asked(request, ASKED.get().http)
        played = step(asked) if callable(step) else step
        fault = FAULT.get()
        records = super().records(request, as_offered(played, request.get("tools") or ()))
        if fault is None or isinstance(fault, Whole):
            self.played += 1
        return spoiled(fault, self._dialect.reshape(records))

    async def stream(self, answer: Answer, records: Iterator[Record]) -> None:
        match fault := FAULT.get():
            case Disconnect(at) | Truncate(at) | HalfLine(at) | Stall(at) | BadJson(at):
                await self._break(fault, at, answer, [*records])
            case SplitUtf8():
                content = b"".join(map(frame, records))
                inside = [at for at, byte in enumerate(content) if byte & 0xC0 == 0x80]
                await self._pieces(answer, content, [0, *inside, len(content)])
            case OneByte():
                content = b"".join(map(frame, records))
                await self._pieces(answer, content, range(len(content) + 1))
            case _:
                await super().stream(answer, records)

    async def _pieces(self, answer: Answer, content: bytes, cuts: Sequence[int]) -> None:
        for start, end in itertools.pairwise(cuts):
            answer.chunk(content[start:end])
            await answer.flush()
        await answer.end()

    async def _break(self, fault: Fault, at: int, answer: Answer, records: list[Record]) -> None:
        for record in records[:at]:
            answer.chunk(frame(record))
        await answer.flush()
        match fault:
            case Disconnect():
                answer.abort()
            case Truncate():
                await answer.end()
            case HalfLine():
                whole = frame(records[at])
                answer.chunk(whole[: len(whole) // 2])
                await answer.end()
            case Stall():
                await answer.client_gone()
            case BadJson():
                answer.chunk(b'event: response.output_text.delta\ndata: {"type": oops\n\n')
                for record in records[at + 1 :]:
                    answer.chunk(frame(record))
                await answer.end()


@asynccontextmanager
async def scripted(
    steps: Sequence[Step],
    *,
    dialect: str = "openai",
    faults: Mapping[int, Fault] | Sequence[Fault | None] = (),
    rate: float = 0.0,
    model: str = "test-model",
) -> AsyncIterator[ScriptedServer]:
    """A server that plays `steps`, one each request that ends well, in that dialect.

    `faults` go by the number of the request, 0-based. A step whose response a fault cut or failed is
    played again for the next request. Calls without an id are named call_1, call_2 … in order.
    """
    listed = faults if isinstance(faults, Mapping) else dict(enumerate(faults))
    by_request = {number: fault for number, fault in listed.items() if fault is not None}
    server = ScriptedServer(steps, dialect, by_request, rate, model)
    await server.start()
    try:
        yield server
    finally:
        await server.close()
