"""Who asks for what is written now: filled in turn by turn, for the journal. Keeps nothing itself."""

from dataclasses import dataclass

from tui_assist.journal import About

LONGEST_PROMPT = 2_000  # characters a record keeps


@dataclass(slots=True)
class Origin:
    """The running turn of one conversation."""

    session: str
    turn: str = ""
    prompt: str = ""
    model: str = ""

    def begin(self, turn: str, prompt: str, model: str) -> None:
        self.turn, self.prompt, self.model = turn, prompt[:LONGEST_PROMPT], model

    def about(self) -> About:
        """All but who decided, which the tool knows."""
        return About(self.session, self.turn, self.prompt, self.model, decided_by="")
