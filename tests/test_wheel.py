"""The add-on as a wheel: built, installed beside Odoo in a clean environment, loaded."""

import ast
import json
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULE = "invoice_crm_addon"
VERSION = ast.literal_eval((ROOT / MODULE / "__manifest__.py").read_text())["version"]

PROBE = f"""
import json
from odoo.modules import Manifest, initialize_sys_path
from odoo.tools import config
config.parse_config([])
initialize_sys_path()
manifest = Manifest.for_addon("{MODULE}")
import odoo.addons.{MODULE} as module
print(json.dumps([manifest.path, module.__file__, manifest.version]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build from a copy outside git, so that new files count before they are committed."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / MODULE
    shutil.copytree(ROOT / MODULE, source, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "-w", folder, source], check=True, capture_output=True, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


def test_wheel_is_named_after_the_manifest(wheel):
    assert wheel.name.startswith(f"odoo_addon_{MODULE}-{VERSION}")


def test_wheel_holds_every_file_that_odoo_reads(wheel):
    manifest = ast.literal_eval((ROOT / MODULE / "__manifest__.py").read_text())
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = [*manifest.get("data", []), *manifest.get("demo", []), "__manifest__.py"]
    # The Apps page reads these.
    wanted += [*manifest["images"], "static/description/index.html", "static/description/icon.png"]
    wanted += ["README.rst", "readme/HISTORY.md"]
    manual = ROOT / MODULE / "static" / "manual"
    wanted += [str(path.relative_to(ROOT / MODULE)) for path in manual.rglob("*.*")]
    if (ROOT / MODULE / "i18n" / "zh_CN.po").exists():
        wanted.append("i18n/zh_CN.po")
    missing = [path for path in wanted if f"odoo/addons/{MODULE}/{path}" not in names]
    assert not missing


def test_history_tells_of_the_version():
    history = (ROOT / MODULE / "readme" / "HISTORY.md").read_text()
    assert f"## {VERSION} (" in history


def test_wheel_loads_in_a_clean_environment(wheel, tmp_path):
    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index"]
    subprocess.run([*pip, wheel], check=True, capture_output=True)
    # Odoo and its dependencies come from the runtime, after what the wheel installed.
    (site,) = home.glob("lib/python3*/site-packages")
    runtime = Path(sysconfig.get_path("purelib"))
    paths = [str(runtime), *(runtime / "odoo.pth").read_text().split("\n")]
    (site / "odoo.pth").write_text("\n".join(paths))

    done = subprocess.run(
        [python, "-c", PROBE],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )

    assert done.returncode == 0, done.stderr
    path, file, version = json.loads(done.stdout.splitlines()[-1])
    assert Path(path) == site / "odoo" / "addons" / MODULE
    assert Path(file).is_relative_to(site)
    assert version.endswith(VERSION.removeprefix("19.0."))
