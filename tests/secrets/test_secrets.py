import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tui_assist.config.settings import ProviderSettings
from tui_assist.errors import UserError
from tui_assist.secrets import HIDDEN, Keyring, Secrets, redact

KEY = "sk-test-0123456789"
OPENAI = ProviderSettings("openai", key_variable="OPENAI_API_KEY")
KEYLESS = ProviderSettings("ollama")


class Drawer:
    """A keyring of the test: a real object with the backend's methods, in memory."""

    name = "drawer"

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Broken(Drawer):
    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError("locked")


class Forgetful(Drawer):
    def set_password(self, service: str, username: str, password: str) -> None:
        return None


class Silent(Drawer):
    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.released = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        self.released.wait()
        return None


def no_keyring() -> Keyring | None:
    return None


def secrets_in(tmp_path: Path, **environ: str) -> Secrets:
    return Secrets(tmp_path / "state" / "keys.json", environ, no_keyring)


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert secrets_in(tmp_path).find(OPENAI) is None


def test_the_environment_comes_first(tmp_path: Path) -> None:
    secrets_in(tmp_path).keep("openai", "sk-other-key")
    assert secrets_in(tmp_path, OPENAI_API_KEY=f" {KEY}\n").find(OPENAI) == KEY


def test_an_empty_variable_is_none(tmp_path: Path) -> None:
    assert secrets_in(tmp_path, OPENAI_API_KEY="  ").find(OPENAI) is None


def test_a_provider_without_a_variable_reads_no_nameless_one(tmp_path: Path) -> None:
    assert Secrets(tmp_path / "keys.json", {"": KEY}, no_keyring).find(KEYLESS) is None


def test_a_provider_one_signs_in_to_gets_no_key(tmp_path: Path) -> None:
    azure = ProviderSettings("azure", "azure", key_variable="AZURE_OPENAI_API_KEY", auth="entra")
    assert secrets_in(tmp_path, AZURE_OPENAI_API_KEY=KEY).find(azure) is None


def test_a_kept_key_is_found_by_the_next_start(tmp_path: Path) -> None:
    where = secrets_in(tmp_path).keep("openai", KEY)
    assert (secrets_in(tmp_path).find(OPENAI), where) == (
        KEY,
        f"{tmp_path}/state/keys.json, readable by you alone",
    )


def test_the_key_file_is_for_the_owner_alone(tmp_path: Path) -> None:
    secrets_in(tmp_path).keep("openai", KEY)
    assert (tmp_path / "state" / "keys.json").stat().st_mode & 0o777 == 0o600


def test_a_key_file_others_can_read_is_refused(tmp_path: Path) -> None:
    secrets_in(tmp_path).keep("openai", KEY)
    (tmp_path / "state" / "keys.json").chmod(0o640)
    with pytest.raises(UserError, match="chmod 600") as caught:
        secrets_in(tmp_path).find(OPENAI)
    assert KEY not in str(caught.value)


def test_a_working_keyring_keeps_the_key_and_no_file_does(tmp_path: Path) -> None:
    drawer = Drawer()
    secrets = Secrets(tmp_path / "keys.json", {}, lambda: drawer)
    where = secrets.keep("openai", KEY)
    assert (where, drawer.kept, (tmp_path / "keys.json").exists(), secrets.find(OPENAI)) == (
        "the system's keyring",
        {("tui-assist", "openai"): KEY},
        False,
        KEY,
    )


@pytest.mark.parametrize("drawer", [Broken(), Forgetful()])
def test_a_keyring_that_fails_leaves_the_key_to_the_file(tmp_path: Path, drawer: Drawer) -> None:
    secrets = Secrets(tmp_path / "keys.json", {}, lambda: drawer)
    secrets.keep("openai", KEY)
    assert secrets_in(tmp_path).find(OPENAI) is None
    assert Secrets(tmp_path / "keys.json", {}, no_keyring).find(OPENAI) == KEY


def test_a_keyring_that_cannot_be_loaded_is_none(tmp_path: Path) -> None:
    def broken() -> Keyring | None:
        raise ImportError("no bus")

    secrets = Secrets(tmp_path / "keys.json", {}, broken)
    assert (secrets.find(OPENAI), secrets.describe_keyring()) == (None, None)


def test_a_silent_keyring_is_asked_only_once(tmp_path: Path) -> None:
    silent = Silent()
    secrets = Secrets(tmp_path / "keys.json", {}, lambda: silent, patience_s=0.05)
    found = [secrets.find(OPENAI) for _ in range(5)]
    silent.released.set()
    assert (found, silent.asked) == ([None] * 5, 1)


def test_the_keyring_says_its_name(tmp_path: Path) -> None:
    assert Secrets(tmp_path / "keys.json", {}, Drawer).describe_keyring() == "drawer"


def test_a_forgotten_key_is_gone_from_keyring_and_file(tmp_path: Path) -> None:
    drawer = Drawer()
    Secrets(tmp_path / "keys.json", {}, no_keyring).keep("openai", KEY)
    secrets = Secrets(tmp_path / "keys.json", {}, lambda: drawer)
    secrets.keep("openai", KEY)
    secrets.forget("openai")
    assert (secrets.find(OPENAI), drawer.kept) == (None, {})
    assert KEY not in (tmp_path / "keys.json").read_text()


def test_forgetting_what_was_never_kept_writes_nothing(tmp_path: Path) -> None:
    secrets_in(tmp_path).forget("openai")
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_never_kept_inside_a_workspace(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "repo" / "x" / "keys.json", {}, no_keyring, roots=[tmp_path / "repo"])
    with pytest.raises(UserError, match="inside the workspace") as caught:
        secrets.keep("openai", KEY)
    assert (list(tmp_path.iterdir()), KEY in str(caught.value)) == ([], False)


def test_a_link_does_not_lead_a_key_into_a_workspace(tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    (tmp_path / "state").symlink_to(tmp_path / "repo")
    secrets = Secrets(tmp_path / "state" / "keys.json", {}, no_keyring, roots=[tmp_path / "repo"])
    with pytest.raises(UserError, match="inside the workspace"):
        secrets.keep("openai", KEY)


@pytest.mark.parametrize("key", ["", "  ", "two words", "sk-\x1b[31m", "schlüssel", "sk-a\nsk-b"])
def test_what_is_no_key_is_refused_unsaid(tmp_path: Path, key: str) -> None:
    with pytest.raises(UserError) as caught:
        secrets_in(tmp_path).keep("openai", key)
    assert str(caught.value) == (
        "that is no key: a key is one word of letters, digits and signs; paste it again"
    )


@pytest.mark.parametrize("content", ["{", "[]", '{"openai": 3}'])
def test_a_damaged_key_file_is_said_and_kept(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    path.chmod(0o600)
    secrets = Secrets(path, {}, no_keyring)
    with pytest.raises(UserError, match="damaged"):
        secrets.keep("openai", KEY)
    assert path.read_text() == content


def test_everything_found_is_known_for_hiding(tmp_path: Path) -> None:
    secrets = secrets_in(tmp_path, OPENAI_API_KEY=KEY)
    secrets.find(OPENAI)
    secrets.keep("other", "another-key")
    assert secrets.seen == {KEY, "another-key"}


def test_redact_hides_the_longest_first() -> None:
    assert redact(f"a {KEY}-long b {KEY} c", [KEY, f"{KEY}-long"]) == f"a {HIDDEN} b {HIDDEN} c"


def test_redact_leaves_words_too_short_to_be_keys() -> None:
    assert redact("an abc", ["a", "abc", ""]) == "an abc"


def test_keyring_is_not_loaded_before_it_is_asked() -> None:
    code = "import sys, tui_assist.secrets; print('keyring' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("backend", ["null", "fail"])
def test_a_system_without_keyring_uses_the_file(tmp_path: Path, backend: str) -> None:
    code = (
        "import sys; from pathlib import Path; from tui_assist.secrets import Secrets\n"
        "print(Secrets(Path(sys.argv[1]), {}).keep('openai', 'sk-test-0123456789'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "keys.json")],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHON_KEYRING_BACKEND": f"keyring.backends.{backend}.Keyring", "HOME": str(tmp_path)},
    )
    assert done.stdout == f"{tmp_path}/keys.json, readable by you alone\n"
