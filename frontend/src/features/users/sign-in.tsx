import { Box, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Credentials } from "@/features/users/credentials";
import classes from "./sign-in.module.css";

/** Only a place inside the page is gone back to: an address from outside must not lead a freshly signed-in user away. */
function placeInside(back: string | undefined): string {
  return back?.startsWith("/") && !back.startsWith("//") && !back.startsWith("/sign-in") ? back : "/new";
}

export function SignIn() {
  const { t } = useTranslation("users");
  const client = useQueryClient();
  const router = useRouter();
  const { back } = useSearch({ from: "/sign-in" });
  return (
    <main className={classes.ground}>
      <Box className={classes.box}>
        <img src="/icon.svg" alt="" width={40} height={40} />
        <Title order={1} size="h3" mt="md">
          {t("welcome")}
        </Title>
        <Text c="var(--ol-quiet)" size="sm" mb="lg">
          {t("promise")}
        </Text>
        <Credentials
          onSignedIn={(user) => {
            client.setQueryData(["me"], user);
            router.history.push(placeInside(back));
          }}
        />
      </Box>
    </main>
  );
}
