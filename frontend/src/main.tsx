import "@mantine/core/styles.css";
import "@mantine/dates/styles.css";
import "@mantine/notifications/styles.css";
import "@/app/theme.css";
import { ModalsProvider } from "@mantine/modals";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createQueryClient, whenSignedOut } from "@/app/query";
import { createAppRouter } from "@/app/router";
import { SignInAgain, signInAgain } from "@/app/sign-in-again";
import { Themed } from "@/app/themed";
import "@/i18n";

const client = createQueryClient();
const router = createAppRouter(client);
whenSignedOut(() => {
  if (router.state.location.pathname !== "/sign-in" && client.getQueryData(["me"])) signInAgain();
});

const place = document.getElementById("root");
if (!place) throw new Error("index.html has no #root");
createRoot(place).render(
  <StrictMode>
    <Themed>
      <QueryClientProvider client={client}>
        <ModalsProvider>
          <Notifications position="bottom-right" />
          <SignInAgain />
          <RouterProvider router={router} />
        </ModalsProvider>
      </QueryClientProvider>
    </Themed>
  </StrictMode>,
);
