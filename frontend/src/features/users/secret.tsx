import { Alert, Button, Group, Stack, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import "@/features/users/texts";
import { Copy } from "@/ui/copy";
import classes from "./list.module.css";

interface SecretProps {
  username: string;
  password: string;
  onDone: () => void;
}

/** A password on its only appearance. It leaves the screen by its own button alone, so that no stray click loses it. */
export function Secret({ username, password, onDone }: SecretProps) {
  const { t } = useTranslation("users");
  return (
    <Stack gap="md">
      <Alert color="yellow" variant="light">
        {t("once")}
      </Alert>
      <TextInput
        label={t("username")}
        value={username}
        readOnly
        rightSection={<Copy text={username} compact />}
      />
      <TextInput
        label={t("password")}
        value={password}
        readOnly
        autoFocus
        classNames={{ input: classes.password }}
        onFocus={(event) => event.currentTarget.select()}
        rightSection={<Copy text={password} compact />}
      />
      <Group justify="flex-end">
        <Button onClick={onDone}>{t("done")}</Button>
      </Group>
    </Stack>
  );
}
