import { ActionIcon, Badge, Group, Stack, Textarea, TextInput, Tooltip } from "@mantine/core";
import { IconArrowUp, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { EditableList } from "@/features/catalogue/editable-list";
import type { FieldsProps, ProductValues } from "@/features/catalogue/product-values";
import "@/features/catalogue/texts";
import classes from "./catalogue.module.css";

type Benefit = ProductValues["benefits"][number];

const MOST = 40;

/** The first free tag; a tag is a name for logs, so that a new benefit need not wait for one to be invented. */
function freeTag(benefits: Benefit[]): string {
  const taken = new Set(benefits.map((benefit) => benefit.tag));
  let n = benefits.length + 1;
  while (taken.has(`benefit_${n}`)) n += 1;
  return `benefit_${n}`;
}

export function BenefitFields({ values, set, error, readOnly }: FieldsProps) {
  const { t } = useTranslation("catalogue");
  const { benefits } = values;
  const put = (place: number, patch: Partial<Benefit>) =>
    set({ benefits: benefits.map((one, i) => (i === place ? { ...one, ...patch } : one)) });
  const raise = (place: number) =>
    set({
      benefits: benefits.map((one, i) =>
        i === place - 1 ? (benefits[place] ?? one) : i === place ? (benefits[place - 1] ?? one) : one,
      ),
    });
  return (
    <EditableList
      name="benefits"
      count={benefits.length}
      most={MOST}
      onAdd={() => set({ benefits: [...benefits, { tag: freeTag(benefits), text: "" }] })}
      error={error}
      readOnly={readOnly}
    >
      {benefits.map((benefit, place) => (
        // a row is its place: tags are edited, so they cannot name it
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <div key={place} className={classes.line}>
          <Stack gap={4}>
            <Textarea
              aria-label={t("benefits.text", { n: place + 1 })}
              value={benefit.text}
              onChange={(event) => put(place, { text: event.currentTarget.value.replace(/\n/g, " ") })}
              error={error(`/benefits/${place}/text`)}
              maxLength={300}
              autosize
              readOnly={readOnly}
            />
            <Group gap="xs">
              <TextInput
                size="xs"
                aria-label={t("benefits.tag", { n: place + 1 })}
                value={benefit.tag}
                onChange={(event) => put(place, { tag: event.currentTarget.value })}
                error={error(`/benefits/${place}/tag`)}
                maxLength={40}
                readOnly={readOnly || benefit.corpus !== undefined}
                classNames={{ input: classes.tag }}
                w={200}
              />
              {benefit.corpus !== undefined && (
                <Tooltip label={t("benefits.learned")}>
                  <Badge color="gray">№ {benefit.corpus}</Badge>
                </Tooltip>
              )}
            </Group>
          </Stack>
          {!readOnly && (
            <Group gap={4}>
              <ActionIcon
                variant="subtle"
                color="gray"
                disabled={place === 0}
                onClick={() => raise(place)}
                aria-label={t("benefits.up", { n: place + 1 })}
              >
                <IconArrowUp size={16} />
              </ActionIcon>
              <ActionIcon
                variant="subtle"
                color="red"
                onClick={() => set({ benefits: benefits.filter((_, i) => i !== place) })}
                aria-label={t("benefits.remove", { n: place + 1 })}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Group>
          )}
        </div>
      ))}
    </EditableList>
  );
}
