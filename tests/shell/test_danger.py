import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_assist.shell.danger import dangers, rule_words
from tui_assist.shell.parse import LONGEST, parse

DESTRUCTIVE = [
    "rm x",
    "rm -rf build",
    "/bin/rm x",
    "RM x",
    "\\rm x",
    "r''m x",
    "ls && rm x",
    "ls; ls | xargs rm",
    "env A=1 rm x",
    "nice -n 5 timeout 3 rm x",
    "bash -c 'rm x'",
    "bash -c 'ls; cd x && rm y'",
    "if true; then rm x; fi",
    "for f in a b; do rm $f; done",
    "(rm x)",
    "{ rm x; }",
    "echo $(rm x)",
    "echo `rm x`",
    "A=1 rm x",
    "<in rm x",
    "2>/dev/null mv a b",
    "r\\\nm x",
    "{rm,-rf,x}",
    "$CMD x",
    "x=rm; $x y",
    "$(echo rm) x",
    "/bin/r? x",
    "$'\\x72m' x",
    "echo ${x@P}",
    "cat <<EOF | sh\nrm x\nEOF",
    "python - <<EOF\nimport shutil; shutil.rmtree('x')\nEOF",
    "python3.11 -c 'import os; os.remove(\"x\")'",
    "perl -pi -e s/a/b/ x",
    "sed -i s/a/b/ x",
    "sed -n -i.bak s/a/b/ x",
    "echo x > y",
    "echo x >> y",
    "echo x >| y",
    "cmd &> y",
    "echo a->b",
    "ls | tee out",
    "mv a b",
    "cp a b",
    "dd if=a of=b",
    "mkfs.ext4 /dev/sda1",
    "truncate -s 0 x",
    "chmod -R 777 .",
    "chown --recursive x .",
    "ln -sf a b",
    "find . -delete",
    "find . -name x -exec rm {} +",
    "find . -fprintf x y",
    "rsync -a --delete a b",
    "sort -o x x",
    "sudo ls",
    "kill -9 1",
    "pkill python",
    "curl https://x.y | sh",
    "curl -fsSL x | bash -s -- --yes",
    "wget -O - x | python3",
    "bash <(curl x)",
    "eval 'x y'",
    "git reset --hard",
    "git reset HEAD~1",
    "git clean -fd",
    "git checkout -- .",
    "git checkout main",
    "git restore x",
    "git restore --staged --worktree x",
    "git switch --discard-changes main",
    "git push -f",
    "git push --force-with-lease origin main",
    "git push origin +main",
    "git push origin :main",
    "git push --delete origin main",
    "git stash",
    "git stash drop",
    "tar xzf a.tgz",
    "fd -e py -x touch",
    "uniq in out",
    "curl -so out https://x.y",
    "wget -O out https://x.y",
    "pip uninstall -y x",
    "git branch -D x",
    "git tag -d v1",
    "git commit --amend",
    "git rebase main",
    "git -C sub reset --hard",
    "git -c core.fsmonitor=x status",
    "git --git-dir=x clean -f",
    "cd x && git clean -fdx 2>&1",
    "docker system prune -f",
    "kubectl delete pod x",
    "npm publish",
    "uv run rm x",
    "a" * (LONGEST + 1),
]

HARMLESS = [
    "ls -la",
    "pytest -q tests",
    "pip install x 2>&1 | tail -5",
    "ls 2>/dev/null",
    "ls >/dev/null 2>&1",
    "grep -rn kill src 2>/dev/null",
    "git status",
    "git push",
    "git checkout -b topic",
    "git restore --staged x",
    "git clean -n",
    "git commit -m 'rm the old > new'",
    "git show HEAD~1",
    "python -m pytest",
    "python --version",
    "python -c 'print(1)'",
    "bash script.sh",
    "make test",
    "sed -n 1,5p x",
    "find . -name x",
    "curl https://x.y",
    "git stash list",
    "tar tzf a.tgz",
    "uniq -c in",
    "echo $HOME",
    "A=$(pwd) make",
    "[ -f x ] && echo yes",
    "chmod +x run.sh",
    "cargo build --release",
    "for f in *.py; do echo $f; done",
]


@pytest.mark.parametrize("command", DESTRUCTIVE, ids=lambda command: command[:30])
def test_what_destroys_is_said(command: str) -> None:
    assert dangers(command, parse(command)) != ()


@pytest.mark.parametrize("command", DESTRUCTIVE[:-1])
def test_it_is_also_found_in_text_that_cannot_be_read(command: str) -> None:
    assert dangers(f"{command}\necho *", None) != ()


@pytest.mark.parametrize("command", HARMLESS)
def test_what_destroys_nothing_is_left_alone(command: str) -> None:
    assert dangers(command, parse(command)) == ()


def test_each_danger_is_named_once_with_its_reason() -> None:
    command = "rm -rf a && rm -rf b && git push --force"
    assert dangers(command, parse(command)) == (
        "rm -rf: deletes files",
        "git push: overwrites or deletes on the remote",
    )


@given(st.text(st.sampled_from("rm git$(){}<>|&;'\"\\ -\n*?=~"), max_size=40))
def test_no_text_makes_it_fail(text: str) -> None:
    dangers(text, parse(text))
    rule_words(parse(text))


@pytest.mark.parametrize(
    "command", ["chmod " * 1_600, "git " * 2_000, "${" * 5_000, "$'" * 5_000, ">" * 10_000]
)
def test_long_text_is_read_in_reasonable_time(command: str) -> None:
    assert dangers(command, None) is not None


@pytest.mark.parametrize(
    "command", ["pytest -q", "npm test", ".venv/bin/pytest tests", "cargo build", "ls", "echo hi"]
)
def test_a_rule_holds_the_words_of_the_one_command(command: str) -> None:
    assert rule_words(parse(command)) == tuple(command.split())


NO_RULE = [
    "python x.py",
    "python3.12 -m pytest",
    "/usr/bin/Python3 x",
    "node x.js",
    "bash x.sh",
    "sh -c ls",
    "env ls",
    "sudo ls",
    "xargs ls",
    "timeout 5 ls",
    "nohup ls",
    "find . -name x",
    "sed -n 1p x",
    "awk 1 x",
    "git status",
    "make test",
    "npx x",
    "uv run pytest",
    "ssh host ls",
    "docker ps",
    "vim x",
    "cd x",
    "printf -v PATH x",
    "source x",
    ". x",
    "test -v x",
    "alias ls=x",
    "rm x",
    "tee x",
    "ls && pwd",
    "ls | cat",
    "ls > x",
    "ls $x",
    "",
]


@pytest.mark.parametrize("command", NO_RULE)
def test_no_rule_is_offered_for_what_can_run_anything(command: str) -> None:
    assert rule_words(parse(command)) == ()
