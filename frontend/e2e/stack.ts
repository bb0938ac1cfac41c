import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestProject } from "vitest/node";

/** Where the page is served, and a password for each user of the demo. */
export interface Stack {
  url: string;
  passwords: Record<string, string>;
  /** Everything that it writes. */
  folder: string;
  chromium: string;
}

declare module "vitest" {
  interface ProvidedContext {
    stack: Stack;
  }
}

const ROOT = resolve(import.meta.dirname, "../..");
const START_MS = 300_000;
const STOP_MS = 60_000;
const BROWSERS = ["chromium", "chromium-browser", "google-chrome"];

/** The browser to drive: CHROMIUM names one, otherwise the first that is installed. */
function findChromium(): string {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of BROWSERS) {
    try {
      return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    } catch {
      // the next one
    }
  }
  throw new Error(`No browser: install one of ${BROWSERS.join(", ")}, or name one in CHROMIUM`);
}

function freePort(): Promise<number> {
  return new Promise((settle, fail) => {
    const server = createServer();
    server.on("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === "object" ? settle(address.port) : fail(new Error("no port")),
      );
    });
  });
}

/** Resolves with everything printed until the address is announced; rejects when the process ends before that. */
function announced(child: ChildProcess): Promise<string> {
  return new Promise((settle, fail) => {
    let said = "";
    const late = setTimeout(() => fail(new Error(`OfferLoop did not start in time:\n${said}`)), START_MS);
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("Ctrl-C")) {
        clearTimeout(late);
        settle(said);
      }
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.on("exit", (code) => {
      clearTimeout(late);
      fail(new Error(`OfferLoop ended with ${code}:\n${said}`));
    });
  });
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((settle) => {
    const late = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    child.on("exit", () => {
      clearTimeout(late);
      settle();
    });
    child.kill("SIGINT");
  });
}

/** Starts everything that `make run` starts, in a folder of its own; returns how to stop it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const chromium = findChromium();
  readFileSync(join(ROOT, "frontend/dist/index.html")); // the page has to be built
  const folder = mkdtempSync(join(tmpdir(), "offerloop-e2e-"));
  const port = await freePort();
  const child = spawn(join(ROOT, ".venv/bin/python"), ["-m", "backend.launch"], {
    cwd: ROOT,
    env: { ...process.env, VAR_DIR: folder, PORT: String(port), MODEL_PORT: String(await freePort()) },
  });
  const said = await announced(child);
  const passwords = Object.fromEntries(
    [...said.matchAll(/^ {2}(\w+): (\S{12,})$/gm)].map((one) => [one[1], one[2]]),
  );
  project.provide("stack", { url: `http://127.0.0.1:${port}`, passwords, folder, chromium });
  return async () => {
    await stopped(child);
    rmSync(folder, { recursive: true, force: true });
  };
}
