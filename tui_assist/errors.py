"""The errors of tui-assist, by audience. Anything that is neither kind is a bug and may crash.

AssistError
├── UserError        shown to the person, ends with an exit code
│   ├── UsageError       the command line is wrong (exit code 2)
│   ├── ConfigError      a configuration file is wrong
│   └── ModelError       the model's server refused, failed or fell silent
└── ToolError        sent to the model as the answer of its call
    └── StalePlan        what was planned no longer fits the disk; plan and ask again
"""

from enum import StrEnum


class AssistError(Exception):
    """The root of every error this package raises on purpose."""


class UserError(AssistError):
    """Shown to the person: says what, where and what next, in one or two sentences."""

    exit_code = 1


class UsageError(UserError):
    """The command line cannot be understood."""

    exit_code = 2


class ConfigError(UserError):
    """A configuration file holds something unknown, mistyped or forbidden."""


class Fault(StrEnum):
    """Why a model step failed, as far as the next action differs."""

    AUTH = "auth"  # 401, 403: the key is wrong or may not do this
    NOT_FOUND = "not found"  # 404: no such model, deployment or route
    NO_RESPONSES = "no responses"  # the server speaks, but not /v1/responses
    QUOTA = "quota"  # 429 that waiting does not cure
    RATE = "rate limit"  # 429 that waiting cures
    SERVER = "server"  # 5xx, failed responses
    UNREACHABLE = "unreachable"  # no connection
    SILENT = "silent"  # connected, then nothing for the idle timeout
    CUT = "cut"  # the stream ended without a terminal event
    OVERFLOW = "context overflow"  # the conversation no longer fits
    PROTOCOL = "protocol"  # HTML, broken JSON, nonsense
    REJECTED = "rejected"  # any other 4xx


class ModelError(UserError):
    """The model's server refused, failed or fell silent; `fault` says how, the message what to do next."""

    def __init__(self, fault: Fault, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.fault = fault
        self.retry_after_s = retry_after_s


class ToolError(AssistError):
    """Sent to the model as its call's answer: short, concrete, an instruction. Never a traceback."""


class StalePlan(ToolError):
    """The disk changed since the plan was shown: nothing was done, plan again and ask again."""
