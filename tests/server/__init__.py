"""The scripted Responses server all tests share: practice's wire with a script instead of rules.

`async with scripted([calls("shell", "ls"), says("done")]) as server:` listens on loopback; the helpers
`says`, `thinks`, `calls`, `patches`, `writes` and `raw` make replies, `+` joins them.
"""

from tests.server.dialects import DIALECTS
from tests.server.faults import (
    BadJson,
    ChatOnly,
    Disconnect,
    Duplicates,
    Fault,
    FlatError,
    HalfLine,
    Html,
    Incomplete,
    MissingIndices,
    NestedError,
    OneByte,
    Refuse,
    ResponseFailed,
    RotatingIds,
    SplitUtf8,
    Stall,
    Truncate,
)
from tests.server.script import Asked, ScriptedServer, Step, scripted
from tests.server.steps import calls, patches, raw, says, thinks, writes

__all__ = [
    "DIALECTS",
    "Asked",
    "BadJson",
    "ChatOnly",
    "Disconnect",
    "Duplicates",
    "Fault",
    "FlatError",
    "HalfLine",
    "Html",
    "Incomplete",
    "MissingIndices",
    "NestedError",
    "OneByte",
    "Refuse",
    "ResponseFailed",
    "RotatingIds",
    "ScriptedServer",
    "SplitUtf8",
    "Stall",
    "Step",
    "Truncate",
    "calls",
    "patches",
    "raw",
    "says",
    "scripted",
    "thinks",
    "writes",
]
