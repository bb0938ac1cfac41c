import { Alert, Button, Group, Popover, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconRefresh } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useProblemText } from "@/ui/states";
import { useWriteAgain } from "./queries";
import type { Offer } from "./run";

const WISHES = ["shorter", "longer", "warmer", "formal"] as const;
const MOST = 500;

interface WriteAgainProps {
  offer: Offer;
  onAgain: (offer: Offer, wish: string) => void;
}

/** Another text for the same client, after a wish in words. */
export function WriteAgain({ offer, onAgain }: WriteAgainProps) {
  const { t } = useTranslation("compose");
  const say = useProblemText();
  const [open, setOpen] = useState(false);
  const [wish, setWish] = useState("");
  const [failed, setFailed] = useState<string>();
  const again = useWriteAgain(offer.offer_id);
  const send = (): void => {
    if (again.isPending) return;
    setFailed(undefined);
    again.mutate(
      { comment: wish.trim() },
      {
        onError: (error) => setFailed(say(error)),
        onSuccess: (answer) => {
          const written = answer.offers[0];
          if (!written || written.text === null) {
            setFailed(written?.error?.detail);
            return;
          }
          if (answer.comment_understood === false) notifications.show({ message: t("notUnderstood") });
          setOpen(false);
          setWish("");
          onAgain(written, wish.trim());
        },
      },
    );
  };
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      width={320}
      position="bottom-start"
      trapFocus
      withArrow
      shadow="md"
    >
      <Popover.Target>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconRefresh size={16} stroke={1.6} />}
          onClick={() => setOpen((now) => !now)}
        >
          {t("again")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("again")}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          <Stack gap="xs">
            <TextInput
              label={t("wish")}
              description={t("wishHint")}
              value={wish}
              onChange={(event) => setWish(event.currentTarget.value)}
              maxLength={MOST}
              data-autofocus
            />
            <Group gap={6}>
              {WISHES.map((one) => (
                <Button
                  key={one}
                  size="compact-xs"
                  variant="light"
                  onClick={() =>
                    setWish((now) => [now.trim(), t(`wishes.${one}`)].filter(Boolean).join(", "))
                  }
                >
                  {t(`wishes.${one}`)}
                </Button>
              ))}
            </Group>
            {again.isError || failed !== undefined ? (
              <Alert color="red" variant="light" role="alert" p="xs" title={t("againFailed")}>
                <Text size="sm">{failed}</Text>
              </Alert>
            ) : null}
            <Button type="submit" size="xs" loading={again.isPending}>
              {t("writeAgain")}
            </Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
