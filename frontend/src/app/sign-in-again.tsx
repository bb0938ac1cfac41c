import { Anchor, Modal, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import type { User } from "@/app/session";
import { Credentials } from "@/features/users/credentials";

/** A drawer or a dialog may be open when the session ends. */
const ABOVE_ALL = 1000;

let asked = false;
const listeners = new Set<() => void>();

function set(value: boolean): void {
  asked = value;
  for (const listener of listeners) listener();
}

/** Ask for the password over the page, so that nothing typed on it is lost. */
export function signInAgain(): void {
  set(true);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function SignInAgain() {
  const open = useSyncExternalStore(subscribe, () => asked);
  const client = useQueryClient();
  const { t } = useTranslation("users");
  const me = client.getQueryData<User>(["me"]);
  return (
    <Modal
      opened={open}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      title={t("again")}
      zIndex={ABOVE_ALL}
      centered
    >
      <Text size="sm" c="var(--ol-quiet)" mb="md">
        {t("againHint")}
      </Text>
      <Credentials
        username={me?.username}
        onSignedIn={(user) => {
          client.setQueryData(["me"], user);
          set(false);
          void client.invalidateQueries();
        }}
      />
      <Anchor href="/sign-in" size="sm" mt="md" display="block" ta="center">
        {t("another")}
      </Anchor>
    </Modal>
  );
}
