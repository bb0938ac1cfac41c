import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { Shell } from "@/app/shell";
import { renderPage } from "@/testing/render";
import { callsOf, problem, serve } from "@/testing/server";
import { useUnsaved } from "@/ui/unsaved";

const SIGN_OUT = "DELETE /api/v1/session";

function Typed() {
  useUnsaved(true, []);
  return <Shell />;
}

async function signOut({ user }: Pick<Awaited<ReturnType<typeof renderPage>>, "user">): Promise<void> {
  await user.click(await screen.findByRole("button", { name: "Анна Петрова" }));
  await user.click(await screen.findByRole("menuitem", { name: "Выйти" }));
}

test("signing out ends the session and leaves nothing of it in the tab", async () => {
  serve({ [SIGN_OUT]: new Response(null, { status: 204 }) });
  sessionStorage.setItem("compose", JSON.stringify({ clients: [{ client_id: 101 }] }));
  const { user, client } = await renderPage(<Shell />, { at: "/new", role: "marketer" });
  await signOut({ user });
  await waitFor(() => expect(callsOf(SIGN_OUT)).toHaveLength(1));
  await waitFor(() => expect(sessionStorage.length).toBe(0));
  expect(client.getQueryData(["me"])).toBeUndefined();
});

test("signing out asks about what is not saved before the session ends", async () => {
  serve({ [SIGN_OUT]: new Response(null, { status: 204 }) });
  const { user, client } = await renderPage(<Typed />, { at: "/new" });
  await signOut({ user });
  await user.click(await screen.findByRole("button", { name: "Остаться" }));
  expect(callsOf(SIGN_OUT)).toEqual([]);
  expect(client.getQueryData(["me"])).toBeDefined();
  await signOut({ user });
  await user.click(await screen.findByRole("button", { name: "Уйти без сохранения" }));
  await waitFor(() => expect(client.getQueryData(["me"])).toBeUndefined());
  const leaving = new Event("beforeunload", { cancelable: true });
  window.dispatchEvent(leaving);
  expect(leaving.defaultPrevented).toBe(false);
});

test("a refusal to sign out is shown, and the page stays", async () => {
  serve({ [SIGN_OUT]: problem(503, { detail: "База не отвечает" }) });
  sessionStorage.setItem("compose", "{}");
  const { user, client } = await renderPage(<Shell />, { at: "/new" });
  await signOut({ user });
  expect(await screen.findByText("База не отвечает")).toBeInTheDocument();
  expect(client.getQueryData(["me"])).toBeDefined();
  expect(sessionStorage.length).toBe(1);
  serve({ [SIGN_OUT]: problem(401) });
  await signOut({ user });
  await waitFor(() => expect(client.getQueryData(["me"])).toBeUndefined());
});
