import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { i18next } from "@/i18n";

const LONG_ENOUGH_TO_REGRET_MS = 10_000;

/** Say something in passing; `color` red for what did not work. */
export function sayBriefly(message: string, color?: string): void {
  notifications.show({ message, color });
}

/** Say what was done, with the way back beside it. */
export function sayDone(message: string, undo: () => void): void {
  const id = notifications.show({
    autoClose: LONG_ENOUGH_TO_REGRET_MS,
    message: (
      <Group justify="space-between" wrap="nowrap" gap="sm">
        {message}
        <Button
          size="xs"
          variant="subtle"
          flex="none"
          onClick={() => {
            notifications.hide(id);
            undo();
          }}
        >
          {i18next.t("act.undo")}
        </Button>
      </Group>
    ),
  });
}
