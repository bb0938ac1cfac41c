import { ActionIcon, SegmentedControl, Select, Textarea } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { EditableList } from "@/features/catalogue/editable-list";
import type { FieldsProps, ProductValues } from "@/features/catalogue/product-values";
import type { Reference } from "@/features/catalogue/queries";
import "@/features/catalogue/texts";
import classes from "./catalogue.module.css";

type Hint = ProductValues["audience"][number];

const MOST = 60;

/** A fact and a segment share one list; the mark before the code keeps them apart. */
function subjectOf(hint: Hint): string | null {
  if (hint.fact) return `fact:${hint.fact}`;
  return hint.segment ? `segment:${hint.segment}` : null;
}

function withSubject(hint: Hint, subject: string): Hint {
  const code = subject.slice(subject.indexOf(":") + 1);
  const kept = { suits: hint.suits, hint: hint.hint };
  return subject.startsWith("fact:") ? { fact: code, ...kept } : { segment: code, ...kept };
}

export function AudienceFields({
  values,
  set,
  error,
  readOnly,
  reference,
}: FieldsProps & { reference: Reference }) {
  const { t } = useTranslation("catalogue");
  const { audience } = values;
  const replace = (place: number, hint: Hint) =>
    set({ audience: audience.map((one, i) => (i === place ? hint : one)) });
  const subjects = [
    {
      group: t("audience.facts"),
      items: reference.facts.map((fact) => ({ value: `fact:${fact.code}`, label: fact.name })),
    },
    {
      group: t("audience.segments"),
      items: reference.segments.map((segment) => ({
        value: `segment:${segment.code}`,
        label: t("audience.segment", { letter: segment.code, name: segment.name }),
      })),
    },
  ];
  return (
    <EditableList
      name="audience"
      count={audience.length}
      most={MOST}
      onAdd={() => set({ audience: [...audience, { suits: true, hint: "" }] })}
      error={error}
      readOnly={readOnly}
    >
      {audience.map((hint, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place, everything in it is edited
        <div key={place} className={classes.hintLine}>
          <Select
            aria-label={t("audience.subject", { n: place + 1 })}
            data={subjects}
            value={subjectOf(hint)}
            onChange={(subject) => subject && replace(place, withSubject(hint, subject))}
            error={
              error(`/audience/${place}`) ??
              error(`/audience/${place}/fact`) ??
              error(`/audience/${place}/segment`)
            }
            readOnly={readOnly}
            searchable
          />
          <SegmentedControl
            size="xs"
            aria-label={t("audience.verdict", { n: place + 1 })}
            data={[
              { value: "yes", label: t("audience.suits") },
              { value: "no", label: t("audience.not") },
            ]}
            value={hint.suits ? "yes" : "no"}
            onChange={(verdict) => replace(place, { ...hint, suits: verdict === "yes" })}
            readOnly={readOnly}
            orientation="vertical"
          />
          <Textarea
            aria-label={t("audience.why", { n: place + 1 })}
            value={hint.hint}
            onChange={(event) =>
              replace(place, { ...hint, hint: event.currentTarget.value.replace(/\n/g, " ") })
            }
            error={error(`/audience/${place}/hint`)}
            maxLength={300}
            autosize
            minRows={2}
            readOnly={readOnly}
          />
          {!readOnly && (
            <ActionIcon
              variant="subtle"
              color="red"
              onClick={() => set({ audience: audience.filter((_, i) => i !== place) })}
              aria-label={t("audience.remove", { n: place + 1 })}
            >
              <IconTrash size={16} />
            </ActionIcon>
          )}
        </div>
      ))}
    </EditableList>
  );
}
