import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject } from "vitest";

export type User = "admin" | "marketer" | "ml_engineer" | "service";

const stack = inject("stack");
const WAIT_MS = 15_000;

/** A browser for the tests of a file. */
export function withBrowser(): { open: (user?: User, options?: BrowserContextOptions) => Promise<Page> } {
  let browser: Browser;
  beforeAll(async () => {
    // without a sandbox of its own, since containers and root have none to give
    browser = await chromium.launch({ executablePath: stack.chromium, args: ["--no-sandbox"] });
  });
  afterAll(() => browser.close());
  return { open: (user, options) => open(browser, user, options) };
}

/** A fresh window; signed in when a user is named. A failing script or a request to another host fails the test. */
async function open(browser: Browser, user?: User, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({
    baseURL: stack.url,
    locale: "ru-RU",
    timezoneId: "Europe/Moscow",
    viewport: { width: 1440, height: 900 },
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  page.on("pageerror", (error) => expect.unreachable(`script error: ${error.message}`));
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith("http")) expect(origin).toBe(new URL(stack.url).origin);
  });
  if (user) await signIn(page, user);
  return page;
}

async function signIn(page: Page, user: User): Promise<void> {
  await page.goto("/");
  await page.getByLabel("Имя пользователя").fill(user);
  await page.getByLabel("Пароль", { exact: true }).fill(stack.passwords[user] ?? "");
  await page.getByRole("button", { name: "Войти" }).click();
  await page.waitForURL("**/new");
}

/** A call of the API as an external system makes it; where a busy machine refuses it, it comes again. */
export async function call<T>(
  path: string,
  body: unknown,
  user: User = "service",
  method = "POST",
): Promise<T> {
  const form = body instanceof FormData;
  const ask = () =>
    fetch(`${stack.url}/api/v1${path}`, {
      method,
      headers: {
        ...(!form && { "Content-Type": "application/json" }),
        Authorization: `Basic ${Buffer.from(`${user}:${stack.passwords[user]}`).toString("base64")}`,
      },
      body: form ? body : JSON.stringify(body),
    });
  let answer = await ask();
  while (answer.status === 503) {
    await new Promise((settle) => setTimeout(settle, 1000 * Number(answer.headers.get("Retry-After") ?? 1)));
    answer = await ask();
  }
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

export interface Written {
  offer_id: string;
  text: string | null;
}

interface Offers {
  offers: Written[];
}

const PRODUCTS = ["CC", "DC", "DEPOSIT", "SAVE_ACC", "MORTG", "INS_LIFE", "AUTO", "PREMIUM"];
const CHANNELS = ["SMS", "PUSH", "EMAIL", "MOB_BANNER", "MOBILE_CHAT", "OFFICE_BANNER", "TMO", "KND"];

/** Have texts written for clients of many kinds, on all channels or on those named; returns those that came out. */
export async function writeTexts(count: number, channels = CHANNELS): Promise<Written[]> {
  const written: Written[] = [];
  for (let made = 0; made < count; made += 8) {
    const clients = Array.from({ length: Math.min(8, count - made) }, (_, i) => person(made + i));
    const turn = made / 8;
    const body = { product: PRODUCTS[turn % 8], channel: channels[(turn * 3) % channels.length], clients };
    const answer = await call<Offers>("/offers", body);
    written.push(...answer.offers.filter((offer) => offer.text));
  }
  return written;
}

/** The same, where only the ids matter. */
export async function write(count: number): Promise<string[]> {
  return (await writeTexts(count)).map((offer) => offer.offer_id);
}

function person(n: number): { client_id: number; features: Record<string, number | string> } {
  const features = {
    gender: n % 2,
    age: 21 + ((n * 7) % 50),
    cnt_tr_oil_3m: n % 3 ? 0 : 20,
    cnt_zp_12m: n % 4 ? 12 : 0,
    cnt_dep_act: n % 5 ? 0 : 2,
    cnt_tr_buy_3m: (n * 11) % 90,
    cnt_tr_top_up_3m: n % 6,
    qnt_months_from_last_visit: n % 9,
  };
  return { client_id: 1000 + n, features };
}

/** Such clients as a table, from number `first` on. */
export function clientTable(count: number, first = 0): string {
  const clients = Array.from({ length: count }, (_, i) => person(first + i));
  const names = Object.keys(clients[0]?.features ?? {});
  const lines = clients.map(({ client_id, features }) => [client_id, ...names.map((name) => features[name])]);
  return [["client_id", ...names], ...lines].map((cells) => `${cells.join(";")}\n`).join("");
}

/** What axe-core finds serious or critical on the page, a line for each. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source); // not by a tag: the page forbids inline scripts
  const results = await page.evaluate(() =>
    // biome-ignore lint/suspicious/noExplicitAny: the script adds it to the page
    (window as any).axe.run(document, { resultTypes: ["violations"] }),
  );
  return (results as axe.AxeResults).violations
    .filter((one) => one.impact === "serious" || one.impact === "critical")
    .map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join("; ")}`);
}
