"""The Responses client: one step, streamed, retried where waiting helps. Runs no call, keeps no session."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from tui_assist.config.settings import ProviderSettings, RequestSettings
from tui_assist.errors import Fault, ModelError
from tui_assist.events import Event, Notice, Retrying
from tui_assist.model import errors
from tui_assist.model.adapting import Adaptation, Refused
from tui_assist.model.connection import Connection, Key
from tui_assist.model.errors import Place
from tui_assist.model.reducer import Reducer
from tui_assist.model.retry import wait_before
from tui_assist.model.sse import RecordReader
from tui_assist.values.step import Create, Response, Resume, Source, Usage

Emit = Callable[[Event], None]

LONGEST_HOLD_S = 0.004  # of the event loop, in a burst
DRAIN_S = 0.25  # for the end of a body after its terminal record: a drained connection is used again
ERROR_BODY = 64 * 1024  # bytes read of an answer that is no stream


class ResponsesModel:
    """A model behind a Responses server: `values.step.Model`. Safe for several sessions at once."""

    def __init__(
        self,
        provider: ProviderSettings,
        name: str,
        request: RequestSettings,
        key: Key,
        *,
        context_window: int | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._provider, self._name, self._request = provider, name, request
        self._connection = Connection(provider, key)
        self._adaptation = Adaptation(provider, name)
        self._place = Place(provider, name, self._connection.has_key)
        self._window = context_window
        self._sleep = sleep
        self._attempts = 0  # over the model's life: makes the keys of items unique

    @property
    def provider(self) -> str:
        return self._provider.name

    @property
    def name(self) -> str:
        return self._name

    @property
    def context_window(self) -> int | None:
        """Tokens: what was given or configured, else what is published for the model, else None."""
        return self._window or self._adaptation.profile.context_window

    def configure(self, request: RequestSettings) -> None:
        """Uses `request` from the next step on."""
        self._request = request

    async def warm(self) -> None:
        """Loads the SDK and builds the client, in a thread, before the first step needs it."""
        await self._connection.open()

    async def close(self) -> None:
        await self._connection.close()

    async def respond(self, source: Source, emit: Emit) -> Response:
        """One response. Retries visibly; raises ModelError for what waiting does not cure.

        A stream that broke off after it had said something comes back as "cut" or "failed" with what was
        finished, when trying again did not help. When the later tries said nothing, its events come again:
        `Retrying` had taken them back.
        """
        attempt = 1
        kept: tuple[Reducer, _Said] | None = None
        while True:
            self._attempts += 1
            said = _Said(emit)
            reducer = self._reducer(source, said)
            body = self._body(source, emit)
            try:
                await self._stream(source, body, reducer)
                failure = self._failure(reducer)
            except Refused as refused:
                if self._adaptation.adapt(refused, body, self._say(source, emit)):
                    continue
                failure = refused.error
            except ModelError as error:
                failure = error
            if failure is None:
                return self._completed(source, body, reducer)
            wait = wait_before(attempt + 1, failure)
            if _spoke(reducer):
                kept = reducer, said
            if wait is None:
                return await self._give_up(source, reducer, failure, kept)
            attempt += 1
            emit(Retrying(source.session, source.turn, attempt, wait, str(failure)))
            await self._sleep(wait)

    def _reducer(self, source: Source, emit: Emit) -> Reducer:
        after = source.after if isinstance(source, Resume) else -1
        return Reducer(source.session, source.turn, emit, prefix=f"s{self._attempts}", after=after)

    def _say(self, source: Source, emit: Emit) -> Callable[[str], None]:
        return lambda text: emit(Notice(source.session, source.turn, text))

    def _body(self, source: Source, emit: Emit) -> dict[str, Any]:
        if isinstance(source, Create):
            return self._adaptation.body(source, self._request, self._say(source, emit))
        if not self._adaptation.profile.resume:
            raise ModelError(
                Fault.REJECTED,
                f"{self._place.server} cannot go on with a response it began; send the message again",
            )
        return {}

    async def _stream(self, source: Source, body: dict[str, Any], reducer: Reducer) -> None:
        """Feeds one attempt's records to `reducer`. Raises Refused for an HTTP error, else ModelError."""
        client = await self._connection.open()
        import httpx2
        import openai

        streaming = client.responses.with_streaming_response
        # The body goes as it is: the SDK's own conversion walks the whole history and may rename keys.
        opened = (
            streaming.retrieve(source.response_id, stream=True, starting_after=source.after)
            if isinstance(source, Resume)
            else streaming.create(stream=True, extra_body=body)
        )
        try:
            async with opened as raw:
                await self._read(raw, reducer)
        except openai.APIStatusError as error:
            headers = error.response.headers
            raise Refused(
                error.status_code,
                error.body,
                errors.from_status(self._place, error.status_code, headers, error.body),
            ) from error
        except openai.APITimeoutError as error:
            if isinstance(error.__cause__, httpx2.ConnectTimeout):
                raise errors.unreachable(self._place, "no answer in time") from error
            raise errors.silent(self._place) from error
        except openai.APIConnectionError as error:
            known = isinstance(error.__cause__, httpx2.ConnectError)
            raise errors.unreachable(self._place, str(error.__cause__) if known else "") from error
        except httpx2.TimeoutException as error:
            raise errors.silent(self._place) from error
        except httpx2.HTTPError as error:
            raise errors.cut(self._place) from error

    async def _read(self, raw: Any, reducer: Reducer) -> None:
        content_type = raw.headers.get("content-type", "").lower()
        if content_type and "event-stream" not in content_type:
            raise errors.no_stream(self._place, content_type.split(";")[0], await _start_of(raw))
        reader = RecordReader()
        since = time.monotonic()
        async with aclosing(raw.iter_bytes()) as chunks:
            async for chunk in chunks:
                for record in reader.feed(chunk):
                    reducer.feed(record)
                    if time.monotonic() - since > LONGEST_HOLD_S:
                        await asyncio.sleep(0)
                        since = time.monotonic()
                if reducer.ended:
                    await _drain(chunks)
                    return
        for record in reader.end():
            reducer.feed(record)

    def _failure(self, reducer: Reducer) -> ModelError | None:
        """What went wrong in a stream that could be read; None when it ended well or merely early."""
        told = reducer.failure
        if told is not None:
            return errors.from_stream(self._place, told.code, told.message)
        if not reducer.ended:
            return errors.cut(self._place)
        response = reducer.response()
        return errors.from_stream(self._place, "", response.reason) if response.status == "failed" else None

    async def _give_up(
        self, source: Source, reducer: Reducer, failure: ModelError, kept: tuple[Reducer, _Said] | None
    ) -> Response:
        if kept and kept[0] is not reducer and failure.fault in _KEPT:
            reducer, said = kept
            await said.again()
        response = _given_up(reducer, failure)
        self._adaptation.remember(source, response)
        return response

    def _completed(self, source: Source, body: dict[str, Any], reducer: Reducer) -> Response:
        response = reducer.response()
        if self._adaptation.profile.silent_limit and response.status == "completed":
            limit = self._silent_limit(body, response.usage)
            response = replace(response, status="incomplete", reason=limit) if limit else response
        self._adaptation.remember(source, response)
        return response

    def _silent_limit(self, body: dict[str, Any], usage: Usage) -> str:
        """The limit that ended a response which is said to be complete; "" when it hit none."""
        limit = body.get("max_output_tokens")
        if limit is not None and usage.output is not None and usage.output >= limit:
            return "the output limit was reached"
        # Exactly: a server that slides its window goes beyond it, as does one whose window is set too small.
        if self.context_window and (usage.input or 0) + (usage.output or 0) == self.context_window:
            return "the context window is full"
        return ""


_KEPT = frozenset(
    {
        Fault.CUT,
        Fault.SILENT,
        Fault.PROTOCOL,
        Fault.SERVER,
        Fault.RATE,
        Fault.REJECTED,
        Fault.UNREACHABLE,  # in a later try: the server died while it answered
    }
)


class _Said:
    """Passes the events of one try on, and keeps them."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self._events.append(event)
        self._emit(event)

    async def again(self) -> None:
        for number, event in enumerate(self._events):
            if number % 64 == 0:
                await asyncio.sleep(0)
            self._emit(event)


def _spoke(reducer: Reducer) -> bool:
    so_far = reducer.response("cut")
    return bool(so_far.items or so_far.partial)


def _given_up(reducer: Reducer, failure: ModelError) -> Response:
    """What was finished of an attempt that failed for good, or the failure when there is nothing to keep."""
    so_far = reducer.response("failed" if reducer.failure or reducer.ended else "cut", str(failure))
    began = bool(so_far.items or so_far.partial or so_far.id)
    if failure.fault is Fault.CUT or (began and failure.fault in _KEPT):
        return so_far
    raise failure


async def _start_of(raw: Any) -> bytes:
    start = b""
    async with aclosing(raw.iter_bytes()) as chunks:
        async for chunk in chunks:
            start += chunk
            if len(start) > ERROR_BODY:
                break
    return start[:ERROR_BODY]


async def _drain(chunks: Any) -> None:
    import httpx2

    try:
        async with asyncio.timeout(DRAIN_S):
            async for _ in chunks:
                pass
    except (TimeoutError, httpx2.HTTPError):
        pass
