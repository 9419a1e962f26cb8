"""Which programs destroy, with which words. Tables and small readers of arguments: knows no shell syntax."""

import re
from collections.abc import Callable, Mapping, Sequence


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


FETCHES = _names("curl wget fetch aria2c nc ncat")

RUNS_INPUT = _names(
    "sh bash dash zsh ksh fish csh tcsh ash mksh pwsh powershell"
    " python pypy perl ruby node nodejs deno bun php lua luajit tclsh osascript r rscript julia ghci irb"
    " ipython groovy scala jshell elixir erl guile racket sbcl ts-node tsx"
)
"""Shells and interpreters: they run their standard input when given nothing else."""

RUNS_OTHERS = RUNS_INPUT | _names(
    "env sudo doas su pkexec runuser xargs parallel nice nohup time timeout gtimeout watch setsid ionice"
    " chrt taskset flock stdbuf strace ltrace script expect entr unshare nsenter chroot fakeroot busybox"
    " toybox setpriv systemd-run dbus-run-session xvfb-run caffeinate command builtin exec eval coproc"
    " ssh if then elif else while until do ! -exec -execdir -ok -okdir"
)
"""Words after which another program may stand: its arguments are read as commands too."""

NEVER_A_RULE = RUNS_OTHERS | _names(
    "make gmake just task rake docker podman kubectl nerdctl npx pnpx bunx uvx pipx uv poetry pdm hatch rye"
    " conda mamba nix nix-shell direnv mosh tmux screen at batch crontab source . find fd rg sed gsed awk"
    " gawk mawk nawk git hub gh vi vim nvim ed ex emacs less more man tar rsync gdb lldb go"
    # What follows is bash's own: it changes the shell's state or may evaluate its arguments.
    " alias bg bind caller cd compgen complete compopt dirs disown enable export fc fg getopts hash help"
    " history jobs let local logout mapfile popd printf pushd read readarray readonly return set shift"
    " shopt suspend test [ times trap type typeset declare ulimit umask unalias unset wait"
)
"""Programs that run code or programs named in their arguments or their configuration."""

WHEREVER = _names("rm unlink shred srm dd mkfs wipefs sudo doas pkexec")
"""Names no harmless argument has: they count anywhere in text that cannot be parsed."""

_VERSION = re.compile(r"(?<=[a-z])[\d.]+$")
DELETES = re.compile(
    r"rmtree|unlink|remove|rename|truncate|rmSync|rmdir|system|subprocess|spawn|exec|os\.kill|write",
    re.IGNORECASE,
)

"""What code of the usual interpreters says when it deletes, writes or starts something."""

_Reader = Callable[[Sequence[str]], str]
"""Why the arguments (without the program's name) are destructive, "" when they are not."""


def program(word: str) -> str:
    """The bare name: without folder, version and `.exe`, in lower case (disks may not tell case apart)."""
    name = word.rpartition("/")[2].casefold().removesuffix(".exe")
    return (
        _VERSION.sub("", name) if name.startswith(("python", "pypy", "perl", "ruby", "php", "lua")) else name
    )


def hazard(words: Sequence[str]) -> str:
    """`words` as one simple command: "name: why it is destructive", or "" when nothing is known."""
    name, arguments = program(words[0]), words[1:]
    if name.startswith("mkfs"):
        name = "mkfs"
    if name == "git":
        return _git(arguments)
    if name in _ALWAYS:
        flags = [word for word in arguments[:1] if word.startswith("-")]
        return f"{' '.join([name, *flags])}: {_ALWAYS[name]}"
    reason = _DEPENDS[name](arguments) if name in _DEPENDS else ""
    return f"{name}: {reason}" if reason else ""


def _flags(arguments: Sequence[str]) -> set[str]:
    """Every option: long ones without their value, short ones letter by letter."""
    found: set[str] = set()
    for word in arguments:
        if word.startswith("--"):
            found.add(word.partition("=")[0])
        elif word.startswith("-"):
            found.update(f"-{letter}" for letter in word[1:])
    return found


def _with_flags(names: str, reason: str) -> _Reader:
    wanted = set(names.split())
    return lambda arguments: reason if wanted & _flags(arguments) else ""


def _with_words(names: str, reason: str) -> _Reader:
    wanted = set(names.split())
    return lambda arguments: reason if wanted & set(arguments) else ""


def _find(arguments: Sequence[str]) -> str:
    acting = ("-delete", "-exec", "-ok", "-fprint", "-fls")
    return "deletes, runs or writes for each match" if any(w.startswith(acting) for w in arguments) else ""


def _in_place(arguments: Sequence[str]) -> str:
    if any(word.startswith(("-i", "--in-place")) or re.match(r"-[a-zA-Z]*i", word) for word in arguments):
        return "changes files in place"
    return ""


def _tar(arguments: Sequence[str]) -> str:
    # Its first word may be options without their dash: `tar xzf`.
    old_style = [f"-{word}" for word in arguments[:1] if not word.startswith("-")]
    wanted = {"-x", "--extract", "--get", "--remove-files"} & _flags([*old_style, *arguments])
    return "writes over files of the same name" if wanted else ""


def _uniq(arguments: Sequence[str]) -> str:
    return "writes over its second file" if sum(not word.startswith("-") for word in arguments) > 1 else ""


def _code(arguments: Sequence[str]) -> str:
    if {"-c", "-e", "-r"} & _flags(arguments) and any(DELETES.search(word) for word in arguments):
        return "code in an argument that may delete or start something"
    return ""


def _code_or_in_place(arguments: Sequence[str]) -> str:
    return _code(arguments) or _in_place([word for word in arguments if word.startswith(("-i", "-p"))])


def _run(arguments: Sequence[str]) -> str:
    """For what runs a program of its own choice when asked to: `uv run rm`."""
    later = [word for word in arguments if not word.startswith("-") and word != "run"]
    return "" if not later or program(later[0]) not in WHEREVER else "deletes files"


_ALWAYS: Mapping[str, str] = {
    "rm": "deletes files",
    "unlink": "deletes a file",
    "rmdir": "deletes folders",
    "shred": "destroys files",
    "srm": "destroys files",
    "mv": "moves files, over others of the same name",
    "cp": "copies files, over others of the same name",
    "install": "copies files, over others of the same name",
    "dd": "writes over files or disks",
    "mkfs": "erases a disk",
    "wipefs": "erases a disk",
    "fdisk": "changes a disk's partitions",
    "parted": "changes a disk's partitions",
    "truncate": "cuts files",
    "tee": "writes over or into files",
    "sudo": "runs as another user",
    "doas": "runs as another user",
    "su": "runs as another user",
    "pkexec": "runs as another user",
    "kill": "ends processes",
    "pkill": "ends processes by name",
    "killall": "ends processes by name",
    "fuser": "may end processes",
    "shutdown": "stops the machine",
    "reboot": "stops the machine",
    "halt": "stops the machine",
    "poweroff": "stops the machine",
    "eval": "runs text as a command",
    "dropdb": "deletes a database",
    "mount": "changes mounted disks",
    "umount": "changes mounted disks",
}

_DEPENDS: Mapping[str, _Reader] = {
    "chmod": _with_flags("-R --recursive", "changes permissions of a whole tree"),
    "chown": _with_flags("-R --recursive", "changes owners of a whole tree"),
    "chgrp": _with_flags("-R --recursive", "changes groups of a whole tree"),
    "ln": _with_flags("-f --force", "replaces files by links"),
    "rsync": _with_flags("--delete --delete-after --delete-before --remove-source-files", "deletes files"),
    "find": _find,
    "sed": _in_place,
    "gsed": _in_place,
    "sort": _with_flags("-o --output", "writes over a file"),
    "crontab": _with_flags("-r", "deletes the crontab"),
    "fd": _with_flags("-x -X --exec --exec-batch", "runs a program for each match"),
    "tar": _tar,
    "uniq": _uniq,
    "curl": _with_flags("-o -O --output --remote-name", "writes over files"),
    "wget": _with_flags("-O --output-document", "writes over files"),
    "unzip": _with_flags("-o", "writes over files of the same name"),
    "patch": lambda arguments: "changes files",
    "systemctl": _with_words("stop disable mask kill poweroff reboot", "stops a service"),
    "docker": _with_words("rm rmi prune kill stop down", "removes or stops containers, images or volumes"),
    "podman": _with_words("rm rmi prune kill stop down", "removes or stops containers, images or volumes"),
    "kubectl": _with_words("delete drain apply replace", "changes a cluster"),
    "terraform": _with_words("apply destroy", "changes infrastructure"),
    "npm": _with_words("publish unpublish", "publishes a package"),
    "pip": _with_words("uninstall", "removes packages"),
    "cargo": _with_words("publish yank", "publishes a package"),
    "twine": _with_words("upload", "publishes a package"),
    "gh": _with_words("delete merge close", "changes the repository on GitHub"),
    "python": _code,
    "pypy": _code,
    "perl": _code_or_in_place,
    "ruby": _code_or_in_place,
    "node": _code,
    "uv": _run,
    "poetry": _run,
    "npx": _run,
    "php": _code,
}

_GIT: Mapping[str, _Reader] = {
    "reset": lambda arguments: "moves the branch or the index, may discard changes",
    "clean": lambda arguments: "" if {"-n", "--dry-run"} & _flags(arguments) else "deletes untracked files",
    "checkout": lambda arguments: "" if arguments[:1] == ["-b"] else "may discard changes",
    "restore": lambda arguments: (
        ""
        if _flags(arguments) & {"--staged", "-S"} and not _flags(arguments) & {"--worktree", "-W"}
        else "discards changes"
    ),
    "switch": _with_flags("-f --force --discard-changes -C --force-create", "may discard changes"),
    "push": lambda arguments: (
        "overwrites or deletes on the remote"
        if _flags(arguments)
        & {"-f", "--force", "--force-with-lease", "--mirror", "--delete", "-d", "--prune"}
        or any(word.startswith(("+", ":")) for word in arguments)
        else ""
    ),
    "stash": lambda arguments: (
        ""
        if arguments[:1] and arguments[0] in ("list", "show", "apply", "pop")
        else "puts changes away or deletes them"
    ),
    "branch": _with_flags("-D -d --delete -f --force -M", "deletes or moves branches"),
    "tag": _with_flags("-d --delete -f --force", "deletes or moves tags"),
    "commit": _with_flags("--amend", "replaces the last commit"),
    "rebase": lambda arguments: "rewrites commits",
    "filter-branch": lambda arguments: "rewrites commits",
    "filter-repo": lambda arguments: "rewrites commits",
    "reflog": _with_words("expire delete", "deletes what could bring commits back"),
    "gc": _with_flags("--prune --aggressive", "deletes what could bring commits back"),
    "prune": lambda arguments: "deletes what could bring commits back",
    "update-ref": lambda arguments: "moves or deletes branches",
    "worktree": _with_words("remove prune", "deletes a working tree"),
    "submodule": _with_words("deinit", "deletes a submodule's files"),
    "rm": lambda arguments: "deletes files",
    "mv": _with_flags("-f --force", "moves files over others"),
    "apply": lambda arguments: "changes files",
}

_GIT_WITH_VALUE = frozenset({"-C", "--git-dir", "--work-tree", "--namespace", "--exec-path"})


def _git(arguments: Sequence[str]) -> str:
    """git's own options come first; `-c` may name programs for git to run."""
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option == "-c" or option.startswith(("-c", "--config-env")):
            return "git -c: sets what git runs for this call"
        if option in _GIT_WITH_VALUE and rest:
            rest.pop(0)
    if not rest or rest[0] not in _GIT:
        return ""
    reason = _GIT[rest[0]](rest[1:])
    return f"git {rest[0]}: {reason}" if reason else ""
