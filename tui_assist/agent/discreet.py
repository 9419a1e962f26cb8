"""Hides keys in what a model's server says of a failure: some repeat the key that they refuse.

Hides nothing in what the model itself says: that is the conversation.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from tui_assist.config.settings import RequestSettings
from tui_assist.errors import ModelError
from tui_assist.events import Event, Notice, Retrying
from tui_assist.values.step import Model, Response, Source


def hidden(error: ModelError, hide: Callable[[str], str]) -> ModelError:
    """`error` in words that passed through `hide`. Raise it from None: its cause has the old words."""
    return ModelError(error.fault, hide(str(error)), retry_after_s=error.retry_after_s)


class Configurable(Model, Protocol):
    """A model whose request settings may change between two steps."""

    def configure(self, request: RequestSettings) -> None: ...


class DiscreetModel:
    """`model`, whose errors and notices pass through `hide` before anyone shows or keeps them."""

    def __init__(self, model: Configurable, hide: Callable[[str], str]) -> None:
        self._model = model
        self._hide = hide

    @property
    def provider(self) -> str:
        return self._model.provider

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def context_window(self) -> int | None:
        return self._model.context_window

    def configure(self, request: RequestSettings) -> None:
        self._model.configure(request)

    async def respond(self, source: Source, emit: Callable[[Event], None]) -> Response:
        try:
            response = await self._model.respond(source, lambda event: emit(self._hidden(event)))
        except ModelError as error:
            raise hidden(error, self._hide) from None
        return replace(response, reason=self._hide(response.reason))

    async def close(self) -> None:
        await self._model.close()

    def _hidden(self, event: Event) -> Event:
        match event:
            case Retrying(reason=reason):
                return replace(event, reason=self._hide(reason))
            case Notice(text=text):
                return replace(event, text=self._hide(text))
            case _:
                return event
