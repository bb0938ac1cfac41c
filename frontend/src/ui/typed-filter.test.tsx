import { useNavigate, useSearch } from "@tanstack/react-router";
import { screen, waitFor } from "@testing-library/react";
import { useState } from "react";
import { expect, it } from "vitest";
import { renderPage } from "@/testing/render";
import { TypedFilter } from "./typed-filter";

const PAUSE = 400;

/** A list whose filter stands in the address, with another view of it and a menu that the filter may stand in. */
function Page() {
  const { q } = useSearch({ strict: false }) as { q?: string };
  const navigate = useNavigate();
  const [open, setOpen] = useState(true);
  const go = (to: string, search: { q?: string }) => void navigate({ to, search } as never);
  return (
    <>
      {open && <TypedFilter label="Слова" value={q} onChange={(next) => go("/list", { q: next })} />}
      <button type="button" onClick={() => go("/list", {})}>
        всё
      </button>
      <button type="button" onClick={() => go("/list", { q: "вклад" })}>
        вклады
      </button>
      <button type="button" onClick={() => setOpen(false)}>
        закрыть
      </button>
      <button type="button" onClick={() => go("/users", {})}>
        уйти
      </button>
    </>
  );
}

async function typing(text: string) {
  const page = await renderPage(<Page />, { at: "/list" });
  const box = await screen.findByRole("textbox", { name: "Слова" });
  await page.user.type(box, text);
  const press = (name: string) => page.user.click(screen.getByRole("button", { name }));
  const at = () => decodeURIComponent(page.address());
  return { box, press, at, user: page.user };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE));

it("shows again what was typed when its view is opened again", async () => {
  const { box, press, at } = await typing("вклад");
  await waitFor(() => expect(at()).toContain("q=вклад"));
  await press("всё");
  await waitFor(() => expect(box).toHaveValue(""));
  await press("вклады");
  await waitFor(() => expect(box).toHaveValue("вклад"));
});

it.each(["Очистить: Слова", "всё"])(
  "what was typed a moment ago does not come back after «%s»",
  async (name) => {
    const { box, press, at, user } = await typing("карта");
    await waitFor(() => expect(at()).toContain("q=карта"));
    await press("вклады");
    await waitFor(() => expect(box).toHaveValue("вклад"));
    await user.type(box, "ы");
    await press(name);
    await pause();
    expect(at()).not.toContain("q=");
    expect(box).toHaveValue("");
  },
);

it("is taken along when its menu closes before the pause is over", async () => {
  const { press, at } = await typing("17");
  await press("закрыть");
  await waitFor(() => expect(at()).toContain("q="));
});

it("does not call back from another page", async () => {
  const { press, at } = await typing("18");
  await press("уйти");
  await pause();
  expect(at()).toBe("/users");
});
