from tui_assist.agent.calls import NOBODY
from tui_assist.headless import Proposing
from tui_assist.patch.bundle import load
from tui_assist.patch.diff import diff_change
from tui_assist.values.asking import Choice, DiffView, Request, TextView, Verdict, View
from tui_assist.values.patch import FileChange, Patch


def request(view: View, *reasons: str) -> Request:
    return Request("r1", "s1", "t1", ("c1",), "apply_patch", "1 file", view, (Choice.ALLOW,), reasons)


def patch(*changes: FileChange) -> DiffView:
    return DiffView(Patch("p", changes))


def change(path: str, after: bytes, move_to: str | None = None) -> FileChange:
    return diff_change("f1", path, b"old\n", after, move_to=move_to)


async def test_a_patch_is_kept_and_refused_with_the_reason() -> None:
    proposing = Proposing()
    decision = await proposing(request(patch(change("a", b"new\n")), "protected: a"))
    assert (decision.verdict, decision.by, "only proposes" in decision.note) == (
        Verdict.REFUSE,
        "--propose",
        True,
    )
    bundle = load(proposing.bundle("make it new"))
    assert (bundle.patch, bundle.reasons, bundle.title) == (
        proposing.patch,
        ("protected: a",),
        "make it new",
    )


async def test_a_later_patch_of_a_file_takes_the_place_of_the_first() -> None:
    proposing = Proposing()
    for proposed in (
        patch(change("a", b"1\n"), change("b", b"1\n")),
        patch(change("c", b"2\n", "b")),
        patch(change("d", b"3\n")),
    ):
        await proposing(request(proposed))
    found = [
        (one.id, one.path, one.after, [hunk.id for hunk in one.hunks]) for one in proposing.patch.changes
    ]
    assert found == [
        ("f1", "a", b"1\n", ["f1h1"]),
        ("f2", "c", b"2\n", ["f2h1"]),
        ("f3", "d", b"3\n", ["f3h1"]),
    ]


async def test_anything_else_needed_asking() -> None:
    proposing = Proposing()
    assert (await proposing(request(TextView("/etc/passwd")))).by == NOBODY
    assert proposing.patch.changes == ()
