import shlex
import shutil
import string
import subprocess

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tui_assist.shell.parse import LONGEST, parse
from tui_assist.values.asking import SimpleCommand

PLAIN: dict[str, list[list[str]]] = {
    "ls": [["ls"]],
    "pytest -q tests": [["pytest", "-q", "tests"]],
    "  ls   -l\t. ": [["ls", "-l", "."]],
    "ls;": [["ls"]],
    "\nls\n\n": [["ls"]],
    "cd src && npm test": [["cd", "src"], ["npm", "test"]],
    "a || b; c | d\ne": [["a"], ["b"], ["c"], ["d"], ["e"]],
    "a &&\nb |\nc": [["a"], ["b"], ["c"]],
    "echo 'a b' \"c d\" e\\ f": [["echo", "a b", "c d", "e f"]],
    "echo a'b'\"c\"d": [["echo", "abcd"]],
    "echo ''": [["echo", ""]],
    "git commit -m 'it''s; rm -rf / && x > y'": [["git", "commit", "-m", "its; rm -rf / && x > y"]],
    'git commit -m "one\n\ntwo"': [["git", "commit", "-m", "one\n\ntwo"]],
    'echo "a \\"b\\" \\$c \\` \\\\ \\d"': [["echo", 'a "b" $c ` \\ \\d']],
    "echo '$x `y` $(z) *'": [["echo", "$x `y` $(z) *"]],
    "echo \\$x \\* \\; \\&": [["echo", "$x", "*", ";", "&"]],
    "r''m \\-rf x": [["rm", "-rf", "x"]],
    "\\rm x": [["rm", "x"]],
    "git show HEAD~1:a.py HEAD^": [["git", "show", "HEAD~1:a.py", "HEAD^"]],
    "x --a=b --c='d e' f=g": [["x", "--a=b", "--c=d e", "f=g"]],
    "echo a#b if then": [["echo", "a#b", "if", "then"]],
    "grep -n 'é…' a": [["grep", "-n", "é…", "a"]],
    "date +%F_%T": [["date", "+%F_%T"]],
    "sleep 5": [["sleep", "5"]],
    "./run.sh a,b": [["./run.sh", "a,b"]],
}

REFUSED = [
    "",
    " \n ",
    "# only a comment",
    "ls # comment",
    "ls > out",
    "ls >> out",
    "ls >| out",
    "ls 2>&1",
    "ls &> out",
    "cat < in",
    "cat <<EOF\nx\nEOF",
    "cat <<< x",
    "diff <(a) <(b)",
    "echo $HOME",
    'echo "$HOME"',
    "echo ${x@P}",
    "echo ${x:=y}",
    "echo ${!x}",
    'echo "${x@P}"',
    "echo $(id)",
    'echo "$(id)"',
    "echo `id`",
    'echo "`id`"',
    "echo $((1 + 1))",
    "echo $'\\x41'",
    'echo $"a"',
    "(ls)",
    "{ ls; }",
    "ls &",
    "sleep 1 & ls",
    "a |& b",
    "a ;; b",
    "! ls",
    "time ls",
    "coproc ls",
    "if true; then ls; fi",
    "for f in a b; do ls; done",
    "while true; do ls; done",
    "case x in x) ls;; esac",
    "f() { ls; }",
    "function f { ls; }",
    "[ -f x ]",
    "[[ -f x ]]",
    "((x = 1))",
    "X=1",
    "PATH=/evil ls",
    "PAGER='sh -c x' git log",
    "X+=1 ls",
    "a[0]=1 ls",
    "export PATH=/evil",
    "declare -x A=1",
    "typeset A",
    "local A=1",
    "readonly A=1",
    "unset PATH",
    "ls *.py",
    "ls a?",
    "ls [ab]",
    "echo {a,b}",
    "echo {1..3}",
    "ls ~",
    "ls ~root/x",
    "dd of=~/x",
    "echo a:~/x",
    "find . -exec rm {} \\;",
    "r\\\nm -rf x",
    "echo a\\\n",
    "ls\r",
    "ls \r\n rm x",
    "ls\0rm",
    "ls\x0brm",
    "ls\x0crm",
    "ls\xa0-l",
    "ls\u2028rm x",
    "\ufeffls",
    "lѕ",  # a Cyrillic letter
    "'' x",
    "if",
    "echo 'open",
    'echo "open',
    "echo \\",
    "a &&",
    "&& a",
    "| a",
    "a ; ; b",
    "a b)",
    "echo !!",
    "echo \ud800",
]


@pytest.mark.parametrize("command", PLAIN)
def test_plain_words_are_read_as_bash_would(command: str) -> None:
    assert [list(one.words) for one in parse(command) or ()] == PLAIN[command]


@pytest.mark.parametrize("command", REFUSED)
def test_everything_else_is_not_read(command: str) -> None:
    assert parse(command) is None


@pytest.mark.parametrize("trap", ["ls", "ls > x", "$(rm x)", "rm -rf x"])
def test_the_sixtieth_command_counts_like_the_first(trap: str) -> None:
    read = parse(" && ".join(["ls"] * 59 + [trap]))
    expected = None if parse(trap) is None else 60
    assert (None if read is None else len(read)) == expected


def test_a_long_chain_is_read_to_its_end() -> None:
    assert len(parse(" && ".join(["a"] * 1_900)) or ()) == 1_900


def test_what_is_too_long_is_not_read() -> None:
    assert parse("a" * LONGEST) is not None
    assert parse("a" * (LONGEST + 1)) is None


SHELLISH = st.text(st.sampled_from("ab \t\n'\"\\$`;&|<>(){}[]*?~!#=-+/,.:@%^1é\r"), max_size=25)


@given(st.text() | SHELLISH)
@settings(max_examples=500)
def test_no_text_makes_it_fail(text: str) -> None:
    parse(text)


PIECES = [
    "a",
    "B",
    "-x",
    " ",
    "\t",
    "'c d'",
    "'$;'",
    '"e f"',
    '"\\""',
    '"\\\\"',
    '"\\d"',
    "\\'",
    "\\ ",
    "\\;",
    "=",
    "'é'",
]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_words_agree_with_the_standard_library(text: str) -> None:
    read = parse(f"show {text}")
    assume(read is not None)
    assert [list(one.words) for one in read or ()] == [shlex.split(f"show {text}")]


WORD = st.text(
    st.sampled_from(string.ascii_letters + string.digits + " '\"\\$`;&|<>(){}*?~!#=\té\n"), min_size=1
)


@given(st.lists(WORD, min_size=1, max_size=5))
@settings(max_examples=200)
def test_quoted_words_come_back_as_they_were(words: list[str]) -> None:
    quoted = ["'" + word.replace("'", "'\\''") + "'" for word in words]
    assert parse(" ".join(["show", *quoted])) == (SimpleCommand(("show", *words)),)


def seen_by_bash(text: str) -> list[list[str]]:
    """The words bash gives to the programs of `text`, of which there are none."""
    bash = shutil.which("bash")
    assert bash
    script = f"command_not_found_handle() {{ printf '%s\\0' \"$@\" $'\\1'; }}\n{text}"
    arguments = [bash, "--norc", "--noprofile", "-c", script]
    done = subprocess.run(
        arguments, env={"PATH": "/nowhere", "LC_ALL": "C.UTF-8"}, capture_output=True, timeout=10
    )
    return [line.split("\0")[:-1] for line in done.stdout.decode().split("\1\0")[:-1]]


@given(st.text(st.sampled_from("ab \t'\"\\-+/,.:@%^#~=é\n;"), min_size=1, max_size=20))
@settings(max_examples=150, deadline=None)
def test_bash_sees_the_same_words(text: str) -> None:
    read = parse(f"zz {text}")
    assume(read is not None)
    assert read is not None
    # Names with a slash, and bash's own `:`, `.` and `%`, are not looked up as programs.
    assume(not any(one.words[0][0] in ":.%" or "/" in one.words[0] for one in read))
    assert seen_by_bash(f"zz {text}") == [list(one.words) for one in read]
