"""The technical scheme as data: boxes and arrows on a plane of 120 × 54 units, for slides and document."""

from dataclasses import dataclass

WIDTH, HEIGHT = 120.0, 54.0


@dataclass(frozen=True)
class Box:
    """A process or a store. `kind`: outside, entry, core, model, store, work."""

    name: str
    x: float
    y: float
    w: float
    h: float
    head: str
    text: str
    kind: str = "core"


@dataclass(frozen=True)
class Arrow:
    """From point to point through corners, in units, with a word beside its middle piece."""

    points: tuple[tuple[float, float], ...]
    word: str = ""
    at: tuple[float, float] = (0.0, 0.0)
    both: bool = False


BOXES = (
    Box("page", 0, 4, 20, 11, "Веб-страница", "маркетолог, админ", "outside"),
    Box("systems", 0, 24, 20, 11, "Системы банка", "CRM, приложение", "outside"),
    Box("nginx", 29, 14, 15, 11, "nginx", "TLS, пределы", "entry"),
    Box("api", 53, 10, 22, 19, "API", "Flask, gunicorn\nфакты, проверка\nзакона, выбор", "core"),
    Box("model", 92, 2, 28, 15, "Компонент модели", "llama.cpp, GGUF\nнепрерывные пачки", "model"),
    Box("postgres", 92, 22, 22, 11, "PostgreSQL", "все данные системы", "store"),
    Box("redis", 53, 40, 22, 11, "Redis / Valkey", "очереди, паузы", "store"),
    Box("workers", 92, 37, 28, 17, "Обработчики", "рассылки, уборка\nдообучение и ворота", "work"),
)

ARROWS = (
    Arrow(((20, 9.5), (24.5, 9.5), (24.5, 17.5), (29, 17.5)), "HTTPS", (20.6, 6.0)),
    Arrow(((20, 29.5), (24.5, 29.5), (24.5, 21.5), (29, 21.5)), "JSON", (20.6, 31.0)),
    Arrow(((44, 19.5), (53, 19.5))),
    Arrow(((75, 13.5), (83, 13.5), (83, 9.5), (92, 9.5)), "OpenAI API", (77.0, 6.0), both=True),
    Arrow(((75, 24.5), (83, 24.5), (83, 27.5), (92, 27.5)), "SQL", (84.0, 24.0), both=True),
    Arrow(((64, 29), (64, 40)), "номера работ", (65.0, 33.2)),
    Arrow(((75, 45.5), (92, 45.5)), "очереди", (79.0, 42.2)),
    Arrow(((103, 37), (103, 33)), both=True),
    Arrow(((117, 37), (117, 17)), both=True),
)

CAPTION = "Всё это — внутри банка: на одной машине командой make run или на нескольких"
