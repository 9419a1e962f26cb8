"""What one model instance has learnt of its server: parameters it refuses, types it lacks, what it remembers.

Makes request bodies accordingly. Sends nothing; every concession is said once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tui_assist.config.settings import ProviderSettings, RequestSettings
from tui_assist.errors import ModelError
from tui_assist.model import errors, request
from tui_assist.model.profiles import Profile, cautious, profile_for
from tui_assist.model.tools import definitions
from tui_assist.model.translate import identity, translate
from tui_assist.values.calls import Item
from tui_assist.values.step import Create, Response, Source

Say = Callable[[str], None]


class Refused(Exception):
    """An HTTP status that is no 2xx, with its body: perhaps the next body does better."""

    def __init__(self, status: int, body: Any, error: ModelError) -> None:
        super().__init__(str(error))
        self.status, self.body, self.error = status, body, error


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the server keeps of a session: everything up to and with one response."""

    response_id: str
    items: tuple[Item, ...]


class Adaptation:
    """Request bodies for one model, plainer after each refusal."""

    def __init__(self, provider: ProviderSettings, model: str) -> None:
        self.profile: Profile = profile_for(provider, model)
        self._here = f"{provider.name}/{model}"
        self._model = model
        self._server = provider.name
        self._plain = False
        self._stateless = False
        self._dropped: set[str] = set()
        self._said: set[str] = set()
        self._seen: set[str] = set()  # identities of items this model made
        self._remembered: dict[str, Remembered] = {}  # by session

    def body(self, source: Create, settings: RequestSettings, say: Say) -> dict[str, Any]:
        for name in request.untaken(settings, self.profile):
            self._once(say, f"{self._server} does not take `{name}`; it is not sent")
        stateful = settings.state == "server" and self.profile.state and not self._stateless
        previous = self._previous(source) if stateful else None
        known = len(previous.items) if previous else 0
        body: dict[str, Any] = {
            "model": self._model,
            "input": translate(
                source.items[known:], self.profile, self._here, source.origins[known:], self._seen
            ),
            "instructions": source.instructions,
        }
        if previous:
            body["previous_response_id"] = previous.response_id
        if tools := definitions(source.tools, self.profile):
            body["tools"] = tools
        return body | request.parameters(
            settings, self.profile, source.session, self._dropped, stateful=stateful
        )

    def remember(self, source: Source, response: Response) -> None:
        """Takes note of a response that ended: its items are this server's own."""
        self._seen |= {identity(item) for item in response.items} - {""}
        if isinstance(source, Create) and response.id and response.status == "completed":
            self._remembered[source.session] = Remembered(response.id, (*source.items, *response.items))

    def adapt(self, refused: Refused, body: dict[str, Any], say: Say) -> bool:
        """Whether the next body will differ because of this refusal. Each concession is made once."""
        if refused.status in (400, 404) and "previous_response_id" in body:
            self._stateless = True
            self._once(say, f"{self._server} does not remember responses; the whole conversation is sent")
            return True
        if refused.status not in (400, 422):
            return False
        name = errors.unsupported_parameter(refused.body)
        if name and request.carries(body, name) and name not in self._dropped:
            self._dropped.add(name)
            words = errors.complaint_of(refused.body).words
            self._once(say, f"{self._server} does not take `{name}` and goes without it ({words})")
            return True
        if errors.unknown_type(refused.body) and not self._plain:
            self._plain = True
            self.profile = cautious(self.profile)
            self._once(say, f"{self._server} lacks a tool type; function tools are used instead")
            return True
        return False

    def _previous(self, source: Create) -> Remembered | None:
        """What the server knows, when the conversation still begins with just that and has more."""
        previous = self._remembered.get(source.session)
        if previous is None or len(source.items) <= len(previous.items):
            return None
        return previous if source.items[: len(previous.items)] == previous.items else None

    def _once(self, say: Say, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            say(text)
