"""The runtime says what is wrong, and mends what an interruption left behind."""

import configparser
import errno
import shutil
import socket
import subprocess

import pytest

from runtime import databases, debian, layout, odoo, serve
from runtime.console import Failure, run, step

needs_dpkg = pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="no dpkg on this system")


def make_package(folder, name, files):
    """Build a small Debian package and return its path."""
    tree = folder / f"tree-{name}"
    (tree / "DEBIAN").mkdir(parents=True)
    control = f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b.c>\n"
    (tree / "DEBIAN" / "control").write_text(control + "Description: test\n")
    for path, text in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    layout.DOWNLOADS.mkdir(exist_ok=True)
    package = layout.DOWNLOADS / f"{name}.deb"
    subprocess.run(["dpkg-deb", "--build", tree, package], check=True, capture_output=True)
    return package


RELEASE = "usr/lib/python3/dist-packages/odoo/release.py"


@needs_dpkg
def test_half_unpacked_odoo_is_unpacked_again(folder):
    make_package(folder, "odoo-19", {RELEASE: "version_info = (19, 0, 0, 'final', 0, '')\n"})
    (layout.DOWNLOADS / "complete").touch()
    half = folder / "odoo.tmp" / "usr" / "half"
    half.mkdir(parents=True)

    debian.unpack()

    assert (layout.ODOO_TREE / RELEASE).is_file()
    assert not (layout.ODOO_TREE / "usr" / "half").exists()
    assert not half.exists()


@needs_dpkg
def test_damaged_download_is_forgotten_and_said(folder):
    package = make_package(folder, "odoo-19", {RELEASE: ""})
    package.write_bytes(package.read_bytes()[:100])
    (layout.DOWNLOADS / "complete").touch()

    with pytest.raises(Failure, match="Run again: it is downloaded anew"):
        debian.unpack()

    assert not (layout.DOWNLOADS / "complete").exists()
    assert not layout.ODOO_TREE.exists()


def test_unpacked_odoo_needs_no_network(folder, monkeypatch):
    layout.ODOO_TREE.mkdir()
    monkeypatch.setattr(debian, "PrivateApt", None)
    debian.unpack()


def test_system_without_apt_is_told_about_odoo_path(folder, monkeypatch):
    monkeypatch.setattr(debian.shutil, "which", lambda name: None)
    with pytest.raises(Failure, match="no apt.*Set ODOO_PATH"):
        debian.unpack()


def test_odoo_path_takes_a_checkout(folder, monkeypatch):
    checkout = folder / "checkout"
    (checkout / "odoo").mkdir(parents=True)
    (checkout / "odoo" / "release.py").write_text("version_info = (19, 0, 0, FINAL, 0, '')\n")
    (checkout / "addons" / "base_setup").mkdir(parents=True)
    (checkout / "addons" / "base_setup" / "__manifest__.py").touch()
    monkeypatch.setenv("ODOO_PATH", str(checkout))

    assert odoo.package_folder() == checkout
    assert checkout / "addons" in odoo.addons_path(checkout)


def test_odoo_path_of_another_series_is_refused(folder, monkeypatch):
    (folder / "odoo").mkdir()
    (folder / "odoo" / "release.py").write_text("version_info = (18, 0, 0, FINAL, 0, '')\n")
    monkeypatch.setenv("ODOO_PATH", str(folder))
    with pytest.raises(Failure, match="Odoo 18.0.*needs 19.0"):
        odoo.package_folder()


def test_odoo_path_without_odoo_is_refused(folder, monkeypatch):
    monkeypatch.setenv("ODOO_PATH", str(folder / "nowhere"))
    with pytest.raises(Failure, match="holds no Odoo"):
        odoo.package_folder()


def test_used_port_is_named_with_a_free_one(folder):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Failure, match=rf"Port {port} is used.*make run PORT=\d+"):
            serve.check_port(port)


def test_full_disk_is_said_with_the_step(folder):
    with pytest.raises(Failure, match="disk filled up while: unpack"):
        with step("unpack"):
            raise OSError(errno.ENOSPC, "No space left on device")


def test_full_disk_of_a_child_is_said(folder):
    script = "echo 'cannot write: No space left on device'; exit 1"
    with pytest.raises(Failure, match="dpkg failed. The disk is full."):
        run(["sh", "-c", script], failure="dpkg failed.")


def test_too_little_space_is_refused_before_anything_is_made(folder):
    with pytest.raises(Failure, match="MB are needed.*RUNTIME_DIR"):
        layout.check_space(10**9)


def test_every_file_of_the_module_counts_as_a_change(folder, monkeypatch):
    module = folder / "module"
    (module / "i18n").mkdir(parents=True)
    (module / "models.py").write_text("a = 1\n")
    (module / "i18n" / "zh_CN.po").write_text("")
    monkeypatch.setattr(layout, "MODULE_DIR", module)
    seen = {databases.fingerprint("demo")}
    (module / "models.py").write_text("a = 2\n")
    seen.add(databases.fingerprint("demo"))
    (module / "i18n" / "zh_CN.po").write_text("#\n")
    seen.add(databases.fingerprint("demo"))
    (module / "models.py").rename(module / "other.py")
    seen.add(databases.fingerprint("demo"))
    assert len(seen) == 4

    (module / "__pycache__").mkdir()
    (module / "__pycache__" / "models.pyc").write_text("")
    assert databases.fingerprint("demo") in seen


def test_modules_of_the_tests_are_in_test_databases_only(folder, monkeypatch):
    monkeypatch.setattr(layout, "TEST_ADDONS", folder / "addons")
    outside = (databases.DEMO, "invoice_crm_template", "invoice_crm_bench", "other")
    inside = (databases.TEST, f"{databases.TEST}_2", f"{databases.TEST}_unfinished")
    before = {name: databases.fingerprint(name) for name in (*outside, *inside)}
    (folder / "addons" / "test_x").mkdir(parents=True)
    (folder / "addons" / "test_x" / "__manifest__.py").touch()
    odoo._configure([folder / "own"])

    for name in outside:
        assert [*databases.modules(name)] == [layout.MODULE]
        assert databases.fingerprint(name) == before[name]
        assert addons_path(name) == f"{folder}/own"
    for name in inside:
        assert [*databases.modules(name)] == [layout.MODULE, "test_x"]
        assert databases.fingerprint(name) != before[name]
        assert addons_path(name) == f"{folder}/own,{folder}/addons"


def addons_path(name):
    """Return where the Odoo of a database finds modules."""
    config = configparser.ConfigParser()
    config.read(databases.environment(name)["ODOO_RC"])
    return config["options"]["addons_path"]


def test_only_warnings_of_the_install_log_are_findings():
    log = "\n".join(
        (
            "2026-01-02 03:04:05,678 9 INFO db odoo.modules: WARNING is only a word here",
            "2026-01-02 03:04:05,678 9 WARNING db odoo.fields: unknown parameter",
            "Traceback: ERROR without a time stamp",
            "2026-01-02 03:04:05,678 9 ERROR db odoo.addons.x: broken",
        )
    )
    assert [line.split()[3] for line in databases.problems(log)] == ["WARNING", "ERROR"]
