import pytest

from tui_assist.approval import Policy, judge, request_for
from tui_assist.values.asking import (
    Choice,
    CommandView,
    DiffView,
    Mode,
    Rule,
    SimpleCommand,
    TextView,
    Verdict,
    View,
)
from tui_assist.values.calls import Access, Call, Plan
from tui_assist.values.patch import FileChange, Hunk, Level, Match, Patch

ALLOW, ASK, REFUSE = Verdict.ALLOW, Verdict.ASK, Verdict.REFUSE


def diff(match: Match | None = None, notes: tuple[str, ...] = ()) -> DiffView:
    hunk = Hunk("f1h1", 1, 1, (), match=match or Match())
    return DiffView(Patch("p", (FileChange("f1", "update", "a", b"", b"", "", (hunk,), notes=notes),)))


def commands(*lines: str, parsed: bool = True, dangers: tuple[str, ...] = ()) -> CommandView:
    words = tuple(SimpleCommand(tuple(line.split())) for line in lines)
    return CommandView(lines, "/", 1.0, 1, parsed=words if parsed else None, dangers=dangers)


def plan(access: Access, view: View | None = None, reasons: tuple[str, ...] = ()) -> Plan:
    call = Call("c1", "tool", {}, {})
    return Plan((call,), access, "title", view or TextView(""), reasons)


def rule(words: str, verdict: Verdict = ALLOW) -> Rule:
    return Rule(tuple(words.split()), verdict, "session")


EDIT = plan(Access.EDIT, diff())
FUZZY = plan(Access.EDIT, diff(Match(Level.INDENT)))
TWICE = plan(Access.EDIT, diff(Match(places=2)))
NOTED = plan(Access.EDIT, diff(notes=("hard link",)))
PROTECTED = plan(Access.EDIT, diff(), ("protected: AGENTS.md",))
SHELL = plan(Access.COMMAND, commands("pytest -q"))


@pytest.mark.parametrize(
    ("planned", "policy", "verdict"),
    [
        (plan(Access.READ), Policy(Mode.PLAN), ALLOW),
        (plan(Access.OUTSIDE), Policy(Mode.ACCEPT_EDITS, allow=frozenset({"edit", "shell"})), ASK),
        (plan(Access.FOREIGN), Policy(allow=frozenset({"edit", "shell"})), ASK),
        (plan(Access.FOREIGN), Policy(Mode.PLAN), REFUSE),
        (EDIT, Policy(), ASK),
        (EDIT, Policy(Mode.ACCEPT_EDITS), ALLOW),
        (EDIT, Policy(Mode.PLAN), REFUSE),
        (EDIT, Policy(allow=frozenset({"edit"})), ALLOW),
        (EDIT, Policy(allow=frozenset({"shell"})), ASK),
        (FUZZY, Policy(Mode.ACCEPT_EDITS), ASK),
        (FUZZY, Policy(allow=frozenset({"edit"})), ASK),
        (TWICE, Policy(Mode.ACCEPT_EDITS), ASK),
        (NOTED, Policy(Mode.ACCEPT_EDITS), ASK),
        (PROTECTED, Policy(Mode.ACCEPT_EDITS), ASK),
        (PROTECTED, Policy(allow=frozenset({"edit"})), ASK),
        (SHELL, Policy(), ASK),
        (SHELL, Policy(Mode.ACCEPT_EDITS), ASK),
        (SHELL, Policy(Mode.PLAN), REFUSE),
        (SHELL, Policy(allow=frozenset({"edit"})), ASK),
        (SHELL, Policy(allow=frozenset({"shell"})), ALLOW),
        (SHELL, Policy(rules=(rule("pytest"),)), ALLOW),
        (SHELL, Policy(rules=(rule("pytest -x"),)), ASK),
        (SHELL, Policy(rules=(rule("pytest"), rule("pytest -q", ASK))), ASK),
        (SHELL, Policy(rules=(rule("pytest"), rule("pytest -q", REFUSE))), REFUSE),
        (SHELL, Policy(rules=(rule("pytest", REFUSE),), allow=frozenset({"shell"})), REFUSE),
        (SHELL, Policy(rules=(Rule((), ALLOW, "session"),)), ASK),
        (plan(Access.COMMAND, commands("pytest -q", "rm x")), Policy(rules=(rule("pytest"),)), ASK),
        (plan(Access.COMMAND, commands("ls $(x)", parsed=False)), Policy(rules=(rule("ls"),)), ASK),
        (plan(Access.COMMAND, commands("sort -o x", dangers=("sort",))), Policy(rules=(rule("sort"),)), ASK),
        (
            plan(Access.COMMAND, commands("ls $(rm x)", parsed=False)),
            Policy(rules=(rule("rm", REFUSE),), allow=frozenset({"shell"})),
            ASK,
        ),
        (
            plan(Access.COMMAND, commands("ls $(pwd)", parsed=False)),
            Policy(rules=(rule("ls"),), allow=frozenset({"shell"})),
            ALLOW,
        ),
        (plan(Access.COMMAND, TextView("?")), Policy(rules=(rule("ls"),)), ASK),
    ],
)
def test_what_a_policy_says_of_a_plan(planned: Plan, policy: Policy, verdict: Verdict) -> None:
    assert judge(planned, policy).verdict is verdict


@pytest.mark.parametrize("planned", [FUZZY, TWICE, NOTED, PROTECTED])
def test_what_needs_a_second_look_is_never_answered_without_the_focus(planned: Plan) -> None:
    assert request_for(planned, id="r", session="s", turn="t").needs_focus


def test_a_destructive_command_needs_the_focus() -> None:
    planned = plan(Access.COMMAND, commands("rm -r x", dangers=("removes folders",)))
    assert request_for(planned, id="r", session="s", turn="t").needs_focus


def test_an_exact_patch_may_be_answered_quickly() -> None:
    assert not request_for(EDIT, id="r", session="s", turn="t").needs_focus


def test_a_rule_is_offered_only_where_there_are_words_for_it() -> None:
    without = request_for(SHELL, id="r", session="s", turn="t")
    with_rule = request_for(SHELL, id="r", session="s", turn="t", rule=("pytest",))
    assert Choice.PROJECT not in without.choices
    assert with_rule.choices == (Choice.ALLOW, Choice.SESSION, Choice.PROJECT, Choice.REFUSE)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_proposing_run_asks_for_patches_and_refuses_whatever_else_changes_something(mode: Mode) -> None:
    policy = Policy(mode, (rule("ls"),), frozenset({"edit", "shell"}), propose=True)
    wanted = {Access.READ: ALLOW, Access.OUTSIDE: ASK, Access.COMMAND: REFUSE, Access.FOREIGN: REFUSE}
    found = {access: judge(plan(access, commands("ls")), policy).verdict for access in wanted}
    assert (found, judge(EDIT, policy).verdict) == (wanted, ASK)
