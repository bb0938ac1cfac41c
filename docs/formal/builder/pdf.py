"""The presentation as pdf, by LibreOffice, which is shown our font without installing it."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import look

LONGEST_S = 180
FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


def program() -> str | None:
    """LibreOffice's path, or None where there is none."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def convert(office: str, source: Path, folder: Path) -> Path:
    """Make `folder`/<name>.pdf of an office file. Raises CalledProcessError, TimeoutExpired, FileNotFoundError."""
    with tempfile.TemporaryDirectory() as place:
        conf = Path(place) / "fonts.conf"
        conf.write_text(FONTS_CONF.format(fonts=look.FONTS, cache=Path(place) / "cache"), encoding="utf-8")
        profile = (Path(place) / "profile").as_uri()
        command = [office, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf"]
        subprocess.run(
            [*command, "--outdir", str(folder), str(source)],
            env={**os.environ, "FONTCONFIG_FILE": str(conf)},
            check=True,
            capture_output=True,
            timeout=LONGEST_S,
        )
    made = folder / f"{source.stem}.pdf"
    if not made.exists():
        raise FileNotFoundError(f"{office} made no {made.name}")
    return made
