"""Which words name a store, and which filesystems can hold one."""

from pathlib import Path, PurePosixPath

import platformdirs
import pytest

from cage_fsm.checkpoints import LocalStore, StoreAddressError, StoreUnusable, default_directory, open_store
from cage_fsm.checkpoints import directory as directory_module
from cage_fsm.checkpoints.mounts import network_filesystem

MOUNTS = r"""sysfs /sys sysfs rw,nosuid 0 0
/dev/sda1 / ext4 rw,relatime 0 0
fs-1:/ /mnt/efs nfs4 rw,vers=4.1 0 0
//files/share /mnt/win\040share cifs rw 0 0
/dev/sdb1 /mnt/efs/local ext4 rw 0 0
auto.home /home autofs rw 0 0
filer:/home /home nfs rw,vers=3 0 0
filer:/old /srv nfs rw 0 0
/dev/sdc1 /srv xfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/mnt/efs/store", "nfs4"),
        ("/mnt/efs", "nfs4"),
        ("/mnt/efsx", None),
        ("/mnt/win share/store", "cifs"),
        ("/home/user/.local/state", "nfs"),
        ("/mnt/efs/local/store", None),
        ("/srv/store", None),
        ("/var/lib/store", None),
    ],
)
def test_a_path_is_on_the_deepest_and_latest_mount_above_it(path: str, kind: str | None) -> None:
    assert network_filesystem(PurePosixPath(path), MOUNTS) == kind


def test_no_mounts_tell_nothing() -> None:
    assert network_filesystem(PurePosixPath("/any"), "") is None


def test_a_store_on_a_network_filesystem_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory_module, "network_filesystem_here", lambda _: "nfs4")

    with pytest.raises(StoreUnusable, match=r"network filesystem \(nfs4\)"):
        LocalStore(tmp_path / "store")
    assert list(tmp_path.iterdir()) == []


def test_the_default_directory_is_the_user_s_for_state() -> None:
    assert default_directory() == Path(platformdirs.user_state_dir("cage-fsm"))


@pytest.mark.parametrize("where", [None, ""])
def test_without_a_word_the_default_directory_is_opened(
    where: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))

    open_store(where).create("runs/a", "text")
    assert open_store(str(default_directory())).load("runs/a")[0] == "text"
    assert default_directory().is_relative_to(tmp_path)


def test_a_path_is_a_directory_and_a_tilde_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    open_store("~/store").create("runs/a", "text")
    assert list(open_store(str(tmp_path / "store")).list("")) == ["runs/a"]


@pytest.mark.parametrize("where", ["gs://bucket", "file:///tmp/store", "~nobody-of-this-name/store"])
def test_an_address_of_no_known_kind_is_refused_and_named(where: str) -> None:
    with pytest.raises(StoreAddressError, match=where):
        open_store(where)
