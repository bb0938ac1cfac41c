import { screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { beforeEach, describe, expect, it } from "vitest";
import type { Role } from "@/app/session";
import {
  AWAITING,
  canaryVersions,
  RATES,
  RUN,
  readiness,
  run,
  runInFull,
  version,
  versions,
} from "@/features/learning/fixtures";
import { ModelsPage } from "@/features/learning/page";
import { renderPage } from "@/testing/render";
import { callsOf, offline, problem, serve } from "@/testing/server";

const VERSIONS = "GET /api/v1/model-versions";
const READINESS = "GET /api/v1/retrain-runs/readiness";
const RUNS = "GET /api/v1/retrain-runs";
const START = "POST /api/v1/retrain-runs";
const ROLLBACK = "POST /api/v1/model-versions/rollback";
const DECLINE = `POST /api/v1/retrain-runs/${RUN}/cancel`;
const PROMOTE = "POST /api/v1/model-versions/base-4.1/promote";

function page<Item>(items: Item[]) {
  return { items, next_cursor: null, total: items.length };
}

function detail(name: string, more: object = {}) {
  return { ...version(name), lineage: {}, ancestors: [], run_id: null, promotions: [], ...more };
}

beforeEach(() => {
  serve({
    [VERSIONS]: versions(),
    [READINESS]: readiness(),
    [RUNS]: page([]),
    [`${RUNS}/${RUN}`]: runInFull(AWAITING),
    "GET /api/v1/quality/rates": RATES,
    "GET /api/v1/products": page([{ code: "DC", name: "Дебетовая карта" }]),
    "GET /api/v1/channels": page([]),
  });
});

const open = (at = "/models", role: Role = "ml_engineer") => renderPage(<ModelsPage />, { at, role });

describe("what serves", () => {
  it("is named with its share, its success rate and how far its confidence goes", async () => {
    await open();
    expect(await screen.findByText("100 % вызовов")).toBeInTheDocument();
    const card = screen.getByRole("heading", { name: "Пишет тексты" }).closest("section");
    await waitFor(() => expect(card).toHaveTextContent(/55\s%\s46–64\s%,\s120\sметок/));
    expect(card).toHaveTextContent("оценка порядка, не вероятность");
  });

  it("a canary is compared with the champion, and a small difference is not called one", async () => {
    serve({ [VERSIONS]: canaryVersions() });
    await open();
    expect(await screen.findByText(/Разница с основной не доказана/)).toBeInTheDocument();
    expect(screen.getByText("10 % вызовов")).toBeInTheDocument();
    const asked = callsOf("GET /api/v1/quality/rates").map(
      (call) => new URLSearchParams(call.path.split("?")[1]),
    );
    const compared = asked.find((query) => query.get("drawn") === "true");
    expect(compared?.get("from")).toBe("2026-11-21T12:00:00Z"); // when the canary began
  });

  it("a component that does not serve it is said", async () => {
    const { serving, ...rest } = versions();
    serve({ [VERSIONS]: { ...rest, serving: { ...serving, problem: "Компонент модели не отвечает." } } });
    await open();
    expect(await screen.findByRole("alert")).toHaveTextContent("Компонент модели не отвечает.");
  });

  it("a roll-back names where it leads, takes a reason, and says why it is refused", async () => {
    serve({
      [VERSIONS]: canaryVersions(),
      [ROLLBACK]: problem(409, { detail: "Как раз включается другая версия" }),
    });
    const { user } = await open();
    await user.click(await screen.findByRole("button", { name: "Откатить" }));
    const dialog = await screen.findByRole("dialog", { name: "Вернуться к base-4.1?" });
    expect(dialog).toHaveTextContent("Пробная base-4.3 уйдёт");
    await user.type(within(dialog).getByLabelText(/^Почему/), "много жалоб");
    await user.click(within(dialog).getByRole("button", { name: "Откатить" }));
    expect(await within(dialog).findByRole("alert")).toHaveTextContent("Как раз включается другая версия");
    serve({
      [ROLLBACK]: () => {
        serve({ [VERSIONS]: versions() }); // nothing to return to any more
        return detail("base-4.1");
      },
    });
    await user.click(within(dialog).getByRole("button", { name: "Откатить" }));
    await screen.findByText("Тексты снова пишет base-4.1");
    expect(callsOf(ROLLBACK).at(-1)?.body).toEqual({ reason: "много жалоб", leaving: "base-4.3" });
  });

  it("without a version to return to there is no roll-back", async () => {
    await open();
    await screen.findByText("100 % вызовов");
    expect(screen.queryByRole("button", { name: "Откатить" })).toBeNull();
  });
});

describe("starting", () => {
  const FEW = ["меток «неудача» 4, нужно не меньше 30"];

  it("says what is missing, and the refusal in place", async () => {
    serve({
      [READINESS]: readiness({ ready: false, missing: FEW }),
      [START]: problem(422, {
        detail: "Меток для дообучения мало",
        errors: [{ pointer: "", detail: FEW[0] }],
      }),
    });
    const { user } = await open();
    expect(await screen.findByText(`Пока мало: ${FEW[0]}.`)).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Начать дообучение" }));
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByRole("button", { name: "Начать" }));
    expect(await within(dialog).findByRole("alert")).toHaveTextContent(`Меток для дообучения мало ${FEW[0]}`);
  });

  it("sends the learners and the note, once", async () => {
    serve({ [START]: { run_id: RUN, status: "queued" } });
    const { user } = await open();
    await user.click(await screen.findByRole("button", { name: "Начать дообучение" }));
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByRole("radio", { name: "Только ранжирование" }));
    await user.type(within(dialog).getByLabelText(/^Заметка/), "проба");
    await user.dblClick(within(dialog).getByRole("button", { name: "Начать" }));
    await screen.findByText("Дообучение поставлено в очередь");
    expect(callsOf(START).map((call) => call.body)).toEqual([{ note: "проба", learners: ["score"] }]);
  });

  it("what cannot learn is said and cannot be chosen", async () => {
    const reason = "На обработчике дообучения нет PyTorch: учится только оценка успеха.";
    serve({ [READINESS]: readiness({ abilities: { score: true, tune: false, reason, worker: false } }) });
    const { user } = await open();
    expect(await screen.findByText(new RegExp(reason))).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Начать дообучение" }));
    const dialog = await screen.findByRole("dialog");
    expect(within(dialog).getByRole("radio", { name: "Ранжирование и модель" })).toBeDisabled();
    expect(within(dialog).getByRole("radio", { name: "Только ранжирование" })).toBeChecked();
    expect(dialog).toHaveTextContent("Обработчик дообучения не запущен");
  });

  it("is not offered while a run goes", async () => {
    serve({ [READINESS]: readiness({ ready: false, going: RUN }) });
    await open();
    expect(await screen.findByRole("button", { name: "Начать дообучение" })).toBeDisabled();
  });

  it("tells when it starts by itself and who decides", async () => {
    const { automatic } = readiness();
    serve({ [READINESS]: readiness({ automatic: { ...automatic, every_hours: 24, promotion: "policy" } }) });
    await open();
    expect(await screen.findByText(/после 200 новых меток, сейчас их 62/)).toHaveTextContent(
      /каждые 24 часа\. Победившая версия сама получает 10\s% вызовов, а после 40 меток — все/,
    );
  });
});

it("a marketer reads everything and acts on nothing", async () => {
  serve({ [VERSIONS]: canaryVersions(), [RUNS]: page([run(AWAITING)]) });
  await open("/models", "marketer");
  await screen.findByText("Новая версия лучше");
  for (const name of [/Откатить/, /Начать дообучение/, /Выпустить/, /Отклонить/]) {
    expect(screen.queryByRole("button", { name })).toBeNull();
  }
});

describe("a decision", () => {
  beforeEach(() => serve({ [RUNS]: page([run(AWAITING)]) }));

  it("is explained measure by measure", async () => {
    await open();
    const table = await screen.findByRole("table", { name: "По показателям" });
    const row = (name: RegExp) => within(table).getByRole("row", { name });
    expect(row(/^Успех/)).toHaveTextContent(/52,4\s%74,1\s%\+21,7 п\. п\. \(от \+14,1 до \+29,2\)лучше/);
    expect(row(/^Правдоподобие/)).toHaveTextContent(/^Правдоподобие, бит\/байтлучше0,8120,774−0,038лучше$/);
    expect(row(/^Ошибка уверенности/)).toHaveTextContent(
      "Уверенность стала вероятностью: ошибка Брайера 0,152",
    );
    expect(
      screen.getByText(/Доля успеха по отложенным меткам выше: 52,4\s% → 74,1\s%\./),
    ).toBeInTheDocument();
    expect(screen.getByText(/лучше — 148, хуже — 61, поровну — 31/)).toHaveTextContent(/p\s<\s0,001/);
  });

  it("shows both texts, marks what differs and which is better", async () => {
    await open();
    const pair = await screen.findByRole("article", { name: "Пара текстов 1" });
    expect(pair).toHaveTextContent("Дебетовая карта · Пуш");
    expect(pair.querySelector("del")).toHaveTextContent("На заправке не хочется искать кошелёк");
    expect(pair.querySelector("[data-preferred]")).toHaveTextContent(/^Новаялучше/);
    const other = screen.getByRole("article", { name: "Пара текстов 2" });
    expect(other.querySelector("del, ins")).toBeNull();
    expect(other).toHaveTextContent("равны");
  });

  it("tells what was learnt", async () => {
    await open();
    const liked = await screen.findByRole("list", { name: "Чаще хвалят" });
    expect(within(liked).getAllByRole("listitem")[0]).toHaveTextContent(
      "факт о клиенте в первом предложении",
    );
    expect(await screen.findByText("продукт: Дебетовая карта")).toBeInTheDocument();
    expect(screen.getByText("Новая оценка успеха с прежними весами").closest("div")).toHaveTextContent(
      /66,3\s%/,
    );
    expect(screen.getByText(/в 86 случаях из 100/)).toBeInTheDocument();
  });

  it("releases to a share, moved by keyboard", async () => {
    serve({ [PROMOTE]: detail("base-4.1", { status: "canary" }) });
    const { user } = await open();
    await user.click(await screen.findByRole("button", { name: "Выпустить для доли клиентов" }));
    const dialog = await screen.findByRole("dialog");
    within(dialog).getByRole("slider", { name: "Доля клиентов" }).focus();
    await user.keyboard("{ArrowRight}{ArrowRight}");
    await user.click(within(dialog).getByRole("button", { name: "Выпустить" }));
    await waitFor(() => expect(callsOf(PROMOTE)[0]?.body).toEqual({ reason: "", share: 0.2 }));
  });

  it("releases to all after a question", async () => {
    const released = { ...AWAITING, status: "promoted" as const };
    serve({
      [PROMOTE]: () => {
        serve({ [RUNS]: page([run(released)]), [`${RUNS}/${RUN}`]: runInFull(released) });
        return detail("base-4.1", { status: "champion" });
      },
    });
    const { user } = await open();
    await user.click(await screen.findByRole("button", { name: "Выпустить для всех" }));
    const dialog = await screen.findByRole("dialog", { name: "base-4.1 для всех?" });
    expect(callsOf(PROMOTE)).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Выпустить для всех" }));
    await screen.findByText("base-4.1 включена"); // although the run that it was asked from waits no more
    expect(callsOf(PROMOTE)[0]?.body).toEqual({ reason: "", share: 1 });
    await waitFor(() => expect(screen.queryByRole("button", { name: "Выпустить для всех" })).toBeNull());
  });

  it("warns where the champion has changed since the comparison", async () => {
    const found = versions();
    serve({
      [VERSIONS]: { ...found, serving: { ...found.serving, champion: "base-4.7" } },
    });
    const { user } = await open();
    await user.click(await screen.findByRole("button", { name: "Выпустить для всех" }));
    const dialog = await screen.findByRole("dialog", { name: "base-4.1 для всех?" });
    expect(await within(dialog).findByRole("status")).toHaveTextContent(
      "сравнивали с base-4, а сейчас основная — base-4.7",
    );
  });

  it("says of an update's model that it was compared with nothing", async () => {
    const found = versions();
    const items = found.items.map((one) => (one.name === "base-4.1" ? { ...one, parent: null } : one));
    serve({ [VERSIONS]: { ...found, items } });
    const { user } = await open();
    await user.click(await screen.findByRole("button", { name: "Выпустить для всех" }));
    const dialog = await screen.findByRole("dialog", { name: "base-4.1 для всех?" });
    expect(await within(dialog).findByRole("status")).toHaveTextContent("с основной base-4 её не сравнивали");
  });

  it("is declined after a question, and who ended it is told from what the gate said", async () => {
    const declined = { ...AWAITING, status: "rejected" as const };
    serve({
      [DECLINE]: () => {
        serve({ [RUNS]: page([run(declined)]), [`${RUNS}/${RUN}`]: runInFull(declined) });
        return runInFull(declined);
      },
    });
    const { user } = await open();
    await user.click(await screen.findByRole("button", { name: "Отклонить" }));
    const dialog = await screen.findByRole("dialog", { name: "Отклонить base-4.1?" });
    expect(callsOf(DECLINE)).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Отклонить" }));
    await screen.findByRole("heading", { name: "Последнее дообучение" });
    expect(screen.getByText(/Новая версия лучше\..*Её отклонил человек\./)).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Выпустить для всех" })).toBeNull();
  });
});

describe("lists", () => {
  it("a version opens with where it comes from", async () => {
    serve({
      "GET /api/v1/model-versions/base-4.1": detail("base-4.1", {
        status: "candidate",
        ancestors: ["base-4"],
        lineage: {
          labels: 612,
          dataset_hash: "9f2c41d07ab3e5aa",
          learners: ["score", "tune"],
          parent: "base-4",
        },
        run_id: RUN,
      }),
      [RUNS]: page([run(AWAITING)]),
    });
    const { user, address } = await open();
    const table = await screen.findByRole("table", { name: "Версии" });
    expect(within(table).getByRole("row", { name: /base-4\.1/ })).toHaveTextContent(
      /из base-4.*Кандидат.*612.*успех 74\s% · AUROC 0,86/,
    );
    await user.click(within(table).getByRole("link", { name: "base-4.1" }));
    expect(address()).toContain("version=base-4.1");
    const drawer = await screen.findByRole("dialog");
    const line = await within(drawer).findByRole("list", { name: "Происхождение" });
    expect(
      within(line)
        .getAllByRole("listitem")
        .map((one) => one.textContent),
    ).toEqual(["base-4", "base-4.1"]);
    expect(within(drawer).getByText("Отпечаток данных").closest("div")).toHaveTextContent("9f2c41d07ab3");
    expect(within(drawer).getByText("оценка успеха, модель")).toBeInTheDocument();
    expect(within(drawer).getByRole("link", { name: "Тексты в истории" })).toHaveAttribute(
      "href",
      expect.stringContaining("model_version=base-4.1"),
    );
  });

  it("runs tell why they ended, promotions who and why, automatic roll-backs apart", async () => {
    const failed = run({ run_id: "r2", status: "failed", error: "На диске кончилось место" });
    serve({ [VERSIONS]: canaryVersions(), [RUNS]: page([failed]) });
    const { user } = await open("/models?tab=runs");
    const table = await screen.findByRole("table", { name: "Дообучения" });
    expect(within(table).getByText("На диске кончилось место")).toBeInTheDocument();
    await user.click(screen.getByRole("tab", { name: "Включения" }));
    const row = (await screen.findByText("Автоматический откат")).closest("li");
    expect(row).toHaveTextContent("система");
    expect(row).toHaveTextContent("Неудач у пробной 14 из 25");
    expect(row).toHaveAttribute("data-automatic");
  });

  it("without any run says so", async () => {
    await open("/models?tab=runs");
    expect(await screen.findByText("Дообучений ещё не было")).toBeInTheDocument();
  });
});

it("what could not be had is said, and asked for again", async () => {
  serve({ [VERSIONS]: offline });
  const { user } = await open();
  const alert = await screen.findByRole("alert");
  serve({ [VERSIONS]: versions() });
  await user.click(within(alert).getByRole("button", { name: "Повторить" }));
  expect(await screen.findByText("100 % вызовов")).toBeInTheDocument();
});

it("has no serious fault of access", async () => {
  serve({ [VERSIONS]: canaryVersions(), [RUNS]: page([run(AWAITING)]) });
  const { container } = await open();
  await screen.findByText("Новая версия лучше");
  const found = await axe.run(container, { rules: { "color-contrast": { enabled: false } } });
  const grave = found.violations.filter((one) => one.impact === "serious" || one.impact === "critical");
  expect(grave.map((one) => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([]);
});

it("runs that could not be had are said in their list too", async () => {
  serve({ [RUNS]: problem(500, { detail: "Сбой базы" }) });
  const { user } = await open("/models?tab=runs");
  const list = within(await screen.findByRole("tabpanel"));
  expect(await list.findByRole("alert")).toHaveTextContent("Сбой базы");
  serve({ [RUNS]: page([]) });
  await user.click(list.getByRole("button", { name: "Повторить" }));
  await screen.findByText("Дообучений ещё не было");
});

it("cards that could not be read anew stay and are said to be old", async () => {
  const { client } = await open();
  await screen.findByText("100 % вызовов");
  serve({ [VERSIONS]: offline, [READINESS]: offline, [RUNS]: offline });
  void client.invalidateQueries();
  expect(await screen.findByRole("alert")).toHaveTextContent("Обновить не удалось");
  expect(screen.getByText("100 % вызовов")).toBeInTheDocument();
});

it("a question is not closed while its answer is awaited: a refusal would be lost", async () => {
  let answer: (response: Response) => void = () => undefined;
  serve({ [START]: () => new Promise<Response>((settle) => (answer = settle)) });
  const { user } = await open();
  await user.click(await screen.findByRole("button", { name: "Начать дообучение" }));
  const dialog = await screen.findByRole("dialog");
  await user.type(within(dialog).getByRole("textbox"), "после праздников");
  await user.click(within(dialog).getByRole("button", { name: "Начать" }));
  await waitFor(() => expect(callsOf(START)).toHaveLength(1));
  await user.keyboard("{Escape}");
  answer(problem(409, { detail: "Другое дообучение уже идёт" }));
  expect(await within(dialog).findByRole("alert")).toHaveTextContent("Другое дообучение уже идёт");
  expect(within(dialog).getByRole("textbox")).toHaveValue("после праздников");
});

it("new labels are counted as Russian counts them", async () => {
  serve({
    [READINESS]: readiness({
      last_run_at: "2026-11-20T09:00:00Z",
      new_labels: { success: 21, failure: 2, corrected: 0 },
    }),
  });
  await open();
  expect(await screen.findByText("+21 новая")).toBeInTheDocument();
  expect(screen.getByText("+2 новые")).toBeInTheDocument();
});
