"""`make docs`: docx, pptx and pdf into the folder that is named, and into built/ where something else is kept there."""

import shutil
import subprocess
import sys
from pathlib import Path

from . import document, pdf, slides, sources
from .canvas import DoesNotFit


def main() -> int:
    if len(sys.argv) != 2:
        say("usage: python -m builder FOLDER")
        return 2
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        keep(build(folder))
    except (DoesNotFit, KeyError, ValueError) as error:
        say(f"The documents were not built: {error}")
        return 1
    except (subprocess.SubprocessError, FileNotFoundError) as error:
        say(f"LibreOffice failed: {error}")
        return 1
    return 0


def build(folder: Path) -> list[Path]:
    """Make what can be made on this machine, and say what is left out."""
    made = [folder / sources.DOCUMENT, folder / sources.SLIDES]
    document.build(made[0])
    slides.build(made[1])
    if office := pdf.program():
        made.append(pdf.convert(office, made[1], folder))
    else:
        say("LibreOffice was not found (Debian: apt install libreoffice-impress): the pdf is left out.")
    for path in made:
        say(f"  {path} ({path.stat().st_size // 1024} kB)")
    return made


def keep(made: list[Path]) -> None:
    """Replace what is committed and older than its sources."""
    sources.BUILT.mkdir(exist_ok=True)
    for path in made:
        kept = sources.BUILT / path.name
        if sources.stored_hash(kept) != sources.content_hash(path.name):
            shutil.copyfile(path, kept)
            say(f"  {kept.relative_to(sources.ROOT)} is new: commit it")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
