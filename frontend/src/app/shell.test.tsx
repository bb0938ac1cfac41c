import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { Shell } from "@/app/shell";
import { renderPage } from "@/testing/render";
import { callsOf, serve } from "@/testing/server";

const SIGN_OUT = "DELETE /api/v1/session";

test("signing out ends the session and leaves nothing of it in the tab", async () => {
  serve({ [SIGN_OUT]: new Response(null, { status: 204 }) });
  sessionStorage.setItem("compose", JSON.stringify({ clients: [{ client_id: 101 }] }));
  const { user, client } = await renderPage(<Shell />, { at: "/new", role: "marketer" });
  await user.click(await screen.findByRole("button", { name: "Анна Петрова" }));
  await user.click(await screen.findByRole("menuitem", { name: "Выйти" }));
  await waitFor(() => expect(callsOf(SIGN_OUT)).toHaveLength(1));
  await waitFor(() => expect(sessionStorage.length).toBe(0));
  expect(client.getQueryData(["me"])).toBeUndefined();
});
