"""The file of a backup: what is put in comes out, and what was cut, changed or is something else is refused."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from backend.backup import archive
from backend.backup.archive import BackupError, Manifest

ROWS = b"1\tOne\n2\tTwo\n" * 1000
WEIGHTS = bytes(range(256)) * 3000


def write_rows(target: io.BytesIO) -> int:
    target.write(ROWS)
    return 2000


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "backup.zip"
    with archive.new(path, Manifest("2026-11-22T10:00:00+00:00", "0008", "18.4")) as writer:
        writer.add_table("offers", ["id", "text"], write_rows)
        writer.add_file("models", "base-4.1.gguf", io.BytesIO(WEIGHTS))
        writer.manifest.sequences = {"batch_problems_id_seq": 17}
    return path


def changed(path: Path, **members: object) -> Path:
    """A copy whose manifest says something else."""
    target = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == archive.MANIFEST:
                content = json.dumps(json.loads(content) | members).encode()
            new.writestr(name, content)
    return target


def test_what_was_put_in_comes_out(saved: Path) -> None:
    assert saved.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(saved) as whole:
        assert all(one.compress_type == zipfile.ZIP_DEFLATED for one in whole.infolist())
    with archive.opened(saved) as reader:
        reader.verify()
        manifest = reader.manifest
        assert (manifest.revision, manifest.sequences) == ("0008", {"batch_problems_id_seq": 17})
        (table,), (file,) = manifest.tables, manifest.files
        assert (table.table, table.columns, table.rows) == ("offers", ["id", "text"], 2000)
        assert reader.open(table).read() == ROWS
        assert (file.folder, file.path, file.size) == ("models", "base-4.1.gguf", len(WEIGHTS))
        assert reader.open(file).read() == WEIGHTS


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.9, 0.999])
def test_a_cut_file_is_refused(saved: Path, share: float) -> None:
    content = saved.read_bytes()
    saved.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(BackupError, match="не резервная копия, или файл обрезан"), archive.opened(saved):
        pass


def test_a_changed_byte_is_found_or_changes_nothing(saved: Path) -> None:
    """Headers of a zip hold dates and the like, which nobody reads."""
    content, refused = saved.read_bytes(), 0
    for place in range(0, len(content), len(content) // 100):
        saved.write_bytes(content[:place] + bytes([content[place] ^ 0x20]) + content[place + 1 :])
        try:
            with archive.opened(saved) as reader:
                reader.verify()
                assert [reader.open(entry).read() for entry in reader.manifest.entries] == [ROWS, WEIGHTS]
        except BackupError:
            refused += 1
    assert refused > 50


def test_contents_that_are_whole_but_not_those_of_the_manifest(saved: Path) -> None:
    with archive.opened(saved) as reader:
        (entry,) = reader.manifest.tables
    other = vars(entry) | {"sha256": "0" * 64}
    with archive.opened(changed(saved, tables=[other])) as reader, pytest.raises(BackupError, match="не сходится"):
        reader.verify()


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"format": archive.FORMAT + 1}, "более новая версия"),
        ({"kind": "something else"}, "не резервная копия OfferLoop"),
        ({"tables": [{"name": "tables/offers.copy"}]}, "не разобрана"),
        ({"tables": "many"}, "не разобрана"),
        ({"files": [{"name": "gone", "size": 1, "sha256": "", "folder": "models", "path": "a"}]}, "нет gone"),
        ({"files": [{"name": "a", "size": 1, "sha256": "", "folder": "models", "path": "../a"}]}, "Недопустимое имя"),
        ({"files": [{"name": "a", "size": 1, "sha256": "", "folder": "models", "path": "/a"}]}, "Недопустимое имя"),
    ],
)
def test_manifests_that_are_refused(saved: Path, members: dict[str, object], reason: str) -> None:
    with pytest.raises(BackupError, match=reason), archive.opened(changed(saved, **members)):
        pass


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a zip", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "zip", "w") as other:
        other.writestr("xl/workbook.xml", "<xml/>")
    for name, reason in (("text", "не резервная копия"), ("zip", "нет её описи"), ("none", "нет")):
        with pytest.raises(BackupError, match=reason), archive.opened(tmp_path / name):
            pass


def test_nothing_is_overwritten_and_nothing_half_made_stays(saved: Path, tmp_path: Path) -> None:
    before = saved.read_bytes()
    manifest = Manifest("", "", "")
    with pytest.raises(BackupError, match="уже есть"), archive.new(saved, manifest):
        pass
    assert saved.read_bytes() == before
    with pytest.raises(ZeroDivisionError), archive.new(tmp_path / "half.zip", manifest) as writer:
        writer.add_table("offers", [], lambda _: 1 // 0)
    with pytest.raises(BackupError, match="не записана"), archive.new(tmp_path / "none" / "x.zip", manifest):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["backup.zip"]
