import { ActionIcon, Button, Group, Popover, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconBookmark, IconTrash } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/app/session";
import { useAddress } from "@/features/history/filters";
import { sayDone } from "@/features/history/notice";
import { useViews } from "@/features/history/views";
import classes from "./history.module.css";
import "@/features/history/texts";

const LONGEST = 60;

/** Saved filters of the reader: go to one, name the present one, delete. */
export function ViewsMenu() {
  const { t } = useTranslation("history");
  const me = useMe();
  const { filters, sort, replace } = useAddress();
  const { views, save, remove, restore } = useViews(me?.username ?? "");
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState("");
  const taken = views.some((view) => view.name === name.trim());
  const keep = (event: FormEvent): void => {
    event.preventDefault();
    if (!name.trim()) return;
    save({ name: name.trim(), filters, sort });
    setName("");
  };
  return (
    <Popover opened={opened} onChange={setOpened} width={304} position="bottom-end" trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<IconBookmark size={16} stroke={1.6} />}
          onClick={() => setOpened((now) => !now)}
        >
          {t("views")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs" aria-label={t("views")}>
        <Stack gap={2} mb="xs">
          {views.length === 0 && (
            <Text size="sm" c="var(--ol-quiet)" p={8}>
              {t("viewsEmpty")}
            </Text>
          )}
          {views.map((view, place) => (
            <Group key={view.name} gap={4} wrap="nowrap">
              <UnstyledButton
                className={classes.view}
                onClick={() => {
                  replace(view.filters, view.sort);
                  setOpened(false);
                }}
              >
                {view.name}
              </UnstyledButton>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t("viewDelete", { name: view.name })}
                onClick={() => {
                  remove(view.name);
                  sayDone(t("viewDeleted", { name: view.name }), () => restore(view, place));
                }}
              >
                <IconTrash size={16} stroke={1.6} />
              </ActionIcon>
            </Group>
          ))}
        </Stack>
        <form onSubmit={keep}>
          <Group gap="xs" wrap="nowrap" align="flex-start">
            <TextInput
              flex={1}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              aria-label={t("viewName")}
              placeholder={t("viewName")}
              maxLength={LONGEST}
              description={taken ? t("viewReplace") : undefined}
              inputWrapperOrder={["input", "description"]}
            />
            <Button type="submit" disabled={!name.trim()}>
              {t("common:act.save")}
            </Button>
          </Group>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
