"""The command line of OfferLoop.

offers generate --in clients.xlsx --product CC --channel SMS --out texts.xlsx
"""

import os
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn
from urllib.parse import urlsplit

import click
import httpx
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from backend.clients.readers import open_table
from backend.clients.rows import ClientRow, parse_row
from backend.clients.sender import Answer, Options, Sender, SendError, Stopped
from backend.clients.tables import RowProblem, TableError
from backend.clients.writers import Cell, RowWriter, check_room, open_writer
from backend.common.clock import now

EXIT_ROWS_FAILED = 1
EXIT_NOT_DONE = 2
EXIT_INTERRUPTED = 130

COLUMNS = (
    "row",
    "client_id",
    "product",
    "channel",
    "text",
    "confidence",
    "compliance",
    "facts",
    "product_reason",
    "model_version",
    "offer_id",
    "error",
)
ERROR_COLUMNS = ("row", "client_id", "column", "detail")
SHOWN_PROBLEMS = 20
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """OfferLoop: персональные предложения клиентам банка."""


@main.command()
@click.option("--in", "source", required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="таблица клиентов: csv, xlsx, parquet, json")  # fmt: skip
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="тексты: xlsx, csv, ndjson")
@click.option("--product", help="код продукта или auto; столбец product таблицы важнее")
@click.option("--channel", help="код канала; столбец channel таблицы важнее")
@click.option("--tone", type=click.Choice(["neutral", "friendly", "formal"]), default="neutral", show_default=True)
@click.option("--conditions", type=click.Choice(["none", "full"]), default="none", show_default=True,
              help="full: с полными условиями продукта")  # fmt: skip
@click.option("--url", envvar="OFFERS_URL", help="адрес OfferLoop; без него http://127.0.0.1:PORT")
@click.option("--user", envvar="OFFERS_USER", help="имя; также из OFFERS_USER, иначе спросим")
@click.option("--password-env", default="OFFERS_PASSWORD", show_default=True, help="переменная окружения с паролем")
@click.option("--errors", type=click.Path(path_type=Path, dir_okay=False), help="отчёт о строках с ошибками: csv, xlsx")
def generate(
    source: Path, out: Path, product: str | None, channel: str | None, tone: str, conditions: str,
    url: str | None, user: str | None, password_env: str, errors: Path | None,
) -> None:  # fmt: skip
    """Создать тексты для всех клиентов таблицы.

    Код выхода: 0 всё готово, 1 часть строк не обработана, 2 работа не выполнена, 130 прервано.
    """
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    _refuse_same_file(source, out, errors)
    options = Options(product, channel, tone, conditions)
    try:
        total = _count_rows(source, options, console)
        check_room(out, total)
        with _connection(url, user, password_env) as client:
            code = _run(source, out, errors, options, client, total, console)
    except KeyboardInterrupt:
        console.print("Прервано, ничего не создано.")
        code = EXIT_INTERRUPTED
    except (TableError, OSError, ValueError) as error:
        _fail(console, str(error))
    raise SystemExit(code)


def _fail(console: Console, message: str) -> NoReturn:
    console.print(f"[bold red]Ошибка:[/] {escape(message)}")
    raise SystemExit(EXIT_NOT_DONE)


def _refuse_same_file(source: Path, *targets: Path | None) -> None:
    files = [path.resolve() for path in (source, *targets) if path is not None]
    if len(set(files)) < len(files):
        raise click.UsageError("--in, --out и --errors должны быть разными файлами")


def _count_rows(source: Path, options: Options, console: Console) -> int:
    """How many rows there are; a table that is broken somewhere in the middle fails here, before any text is made."""
    with open_table(source) as table:
        for note in table.notes:
            console.print(f"[yellow]Внимание:[/] {escape(note)}")
        count = 0
        for count, row in enumerate(table.rows, 1):  # noqa: B007 - the last number is the result
            if options.channel is None and row.channel is None:
                raise TableError(f"строка {row.number}", "не задан канал: нужен --channel или столбец channel")
            if options.product is None and row.product is None:
                raise TableError(f"строка {row.number}", "не задан продукт: нужен --product или столбец product")
    return count


def _connection(url: str | None, user: str | None, password_env: str) -> httpx.Client:
    """The client for the server, with the credentials from the environment or, at a terminal, from the user."""
    base = url or f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
    parts = urlsplit(base)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"адрес «{base}» должен начинаться с http:// или https://")
    user = user or click.prompt("Пользователь", err=True)
    password = os.environ.get(password_env) or click.prompt("Пароль", hide_input=True, err=True)
    timeout = httpx.Timeout(60, connect=5)
    # A proxy of the surroundings must not see what goes to this very machine
    return httpx.Client(base_url=base, auth=(user, password), timeout=timeout, trust_env=parts.hostname not in LOCAL)


def _run(
    source: Path, out: Path, errors: Path | None, options: Options, client: httpx.Client, total: int, console: Console
) -> int:  # fmt: skip
    """Generate all, report, and return the exit code."""
    with ExitStack() as stack:
        stop = stack.enter_context(_graceful_stop(console))
        writer = stack.enter_context(open_writer(out, COLUMNS))
        log = stack.enter_context(open_writer(errors, ERROR_COLUMNS)) if errors else None
        report = _Report(log)
        bar = stack.enter_context(_progress(console))
        task = bar.add_task("Тексты", total=total)
        trouble = None
        try:
            for answer in _answers(source, Sender(client, options, stop.pause, stop.check), report, stop):
                with stop.put_off():
                    _record(answer, writer, report)
                bar.update(task, completed=writer.count + report.unsent)
        except SendError as error:
            trouble = str(error)
        except KeyboardInterrupt:
            stop.is_put_off = True  # the files are being closed
        if trouble or stop.is_asked:
            writer.give_up()
            if log:
                log.give_up()
    return _summary(console, report, writer, total, trouble, stop.is_asked)


def _answers(source: Path, sender: Sender, report: "_Report", stop: "_Stop") -> Iterator[Answer]:
    """The answers to all sendable rows of the table, until the user wants to stop."""
    with open_table(source) as table:
        rows = _sendable((parse_row(raw, now().date()) for raw in table.rows), report)
        while chunk := list(islice(rows, sender.size)):
            try:
                yield from sender.send(chunk)
            except Stopped:
                return


def _sendable(rows: Iterator[ClientRow], report: "_Report") -> Iterator[ClientRow]:
    """The rows without problems; the others go to the report. An id of a good row before is a problem, too."""
    seen: set[int] = set()  # hashes only: a base of a million ids must not fill the memory
    for row in rows:
        problems = list(row.problems)
        mark = hash(str(row.client_id))
        if not problems and mark in seen:
            problems.append(RowProblem(row.number, "client_id", f"идентификатор {row.client_id} уже был выше"))
        if problems:
            report.add(row, problems)
            report.unsent += 1
        else:
            seen.add(mark)
            yield row


def _record(answer: Answer, writer: RowWriter, report: "_Report") -> None:
    if answer.problems:
        report.add(answer.row, answer.problems)
    if answer.offer is None:
        report.unsent += 1
    else:
        writer.write(_cells(answer, answer.offer))


def _cells(answer: Answer, offer: Mapping[str, Any]) -> dict[str, Cell]:
    compliance = offer.get("compliance") or {}
    return {
        "row": answer.row.number,
        "client_id": answer.row.client_id,
        "product": offer.get("product"),
        "channel": offer.get("channel"),
        "text": offer.get("text"),
        "confidence": offer.get("confidence"),
        "compliance": compliance.get("verdict"),
        "facts": "; ".join(offer.get("facts") or ()),
        "product_reason": offer.get("product_reason"),
        "model_version": answer.model_version,
        "offer_id": offer.get("offer_id"),
        "error": "; ".join(problem.detail for problem in answer.problems) or None,
    }


@dataclass
class _Report:
    """The rows that failed: all into the file, the first few to the screen."""

    file: RowWriter | None
    failed: int = 0
    unsent: int = 0
    """Rows without a place in the output: they never got an answer."""
    first: list[RowProblem] = field(default_factory=list)

    def add(self, row: ClientRow, problems: Iterable[RowProblem]) -> None:
        self.failed += 1
        for problem in problems:
            if len(self.first) < SHOWN_PROBLEMS:
                self.first.append(problem)
            if self.file:
                self.file.write(
                    {
                        "row": row.number,
                        "client_id": row.client_id,
                        "column": problem.column,
                        "detail": problem.detail,
                    }
                )


@dataclass
class _Stop:
    """Whether the user has asked to stop. The first time ends the work after the running call, the second at once."""

    asked: threading.Event = field(default_factory=threading.Event)
    is_put_off: bool = False
    """While a row is being written, nothing may break in: half a row would spoil the file."""

    @property
    def is_asked(self) -> bool:
        return self.asked.is_set()

    def ask(self) -> None:
        if self.is_asked and not self.is_put_off:
            raise KeyboardInterrupt
        self.asked.set()

    def check(self) -> None:
        if self.is_asked:
            raise Stopped

    def pause(self, seconds: float) -> None:
        if self.asked.wait(seconds):
            raise Stopped

    @contextmanager
    def put_off(self) -> Iterator[None]:
        self.is_put_off = True
        yield
        self.is_put_off = False


@contextmanager
def _graceful_stop(console: Console) -> Iterator[_Stop]:
    """Turns Ctrl-C into a question that the work asks itself between two calls, so that the files hold whole rows."""
    stop = _Stop()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.ask()
        console.print("Останавливаемся после текущего запроса…")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=console, transient=False, disable=not console.is_terminal,
    )  # fmt: skip


def _summary(
    console: Console, report: _Report, writer: RowWriter, total: int, trouble: str | None, interrupted: bool
) -> int:  # fmt: skip
    for problem in report.first:
        column = f", {problem.column}" if problem.column else ""
        console.print(f"[yellow]строка {problem.row}{escape(column)}:[/] {escape(problem.detail)}")
    ready = writer.count + report.unsent - report.failed
    console.print(f"Готово текстов: {ready} из {total}, с ошибками: {report.failed}. Файл: {escape(str(writer.path))}")
    if interrupted:
        console.print("[yellow]Прервано.[/] В файле целиком записано всё, что успели; остальные строки не обработаны.")
        return EXIT_INTERRUPTED
    if trouble:
        console.print(f"[bold red]Ошибка:[/] {escape(trouble)}. В файле целиком записано всё, что успели.")
        return EXIT_NOT_DONE
    return EXIT_ROWS_FAILED if report.failed else 0


if __name__ == "__main__":
    main()
