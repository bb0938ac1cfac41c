import { Box, Button, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Credentials } from "@/features/users/credentials";
import { setLanguage } from "@/i18n";
import classes from "./sign-in.module.css";

const START = "/new";

/** Only a place inside the page is gone back to: an address from outside must not lead a freshly signed-in user away. */
export function placeInside(back: string | undefined): string {
  if (!back?.startsWith("/")) return START;
  const place = URL.canParse(back, window.location.origin)
    ? new URL(back, window.location.origin)
    : undefined;
  if (place?.origin !== window.location.origin || /^\/(sign-in)?$/.test(place.pathname)) return START;
  return place.pathname + place.search + place.hash;
}

export function SignIn() {
  const { t, i18n } = useTranslation("users");
  const client = useQueryClient();
  const router = useRouter();
  const { back } = useSearch({ strict: false });
  const title = t("welcome");
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <main className={classes.ground}>
      <Box className={classes.box}>
        <img src="/icon.svg" alt="" width={40} height={40} />
        <Title order={1} size="h3" mt="md">
          {title}
        </Title>
        <Text c="var(--ol-quiet)" size="sm" mt={4} mb="lg">
          {t("promise")}
        </Text>
        <Credentials
          onSignedIn={(user) => {
            client.setQueryData(["me"], user);
            router.history.replace(placeInside(back));
          }}
        />
      </Box>
      <Button
        className={classes.language}
        variant="subtle"
        color="gray"
        size="xs"
        onClick={() => setLanguage(i18n.language === "ru" ? "en" : "ru")}
      >
        {t("common:language")}
      </Button>
    </main>
  );
}
