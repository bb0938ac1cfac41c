import { Accordion, Badge, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Candidate } from "@/features/history/queries";
import { formatNumber, formatPercent } from "@/i18n/format";
import { FactsList } from "@/ui/facts-list";
import classes from "./history.module.css";
import "@/features/history/texts";

interface CandidatesProps {
  candidates: readonly Candidate[];
  /** Benefit tags in the words of the card. */
  benefits: Record<string, string>;
  chosen: string | null;
}

/** Every text that was tried: its score and what it is made of, or what refused it. */
export function Candidates({ candidates, benefits, chosen }: CandidatesProps) {
  const { t } = useTranslation("history");
  const refused = candidates.some((candidate) => candidate.rejected);
  return (
    <>
      <Accordion
        variant="separated"
        chevronPosition="left"
        radius="md"
        multiple
        classNames={{ control: classes.try }}
      >
        {candidates.map((candidate, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: candidates have no name of their own and never change
          <Accordion.Item key={place} value={String(place)}>
            <Accordion.Control>
              <Tried
                candidate={candidate}
                place={place + 1}
                chosen={chosen !== null && candidate.text === chosen}
              />
            </Accordion.Control>
            <Accordion.Panel>
              <Reasons candidate={candidate} benefit={benefits[candidate.benefit]} />
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
      {refused && (
        <Text size="xs" c="var(--ol-quiet)" mt={8}>
          {t("refusedHidden")}
        </Text>
      )}
    </>
  );
}

interface TriedProps {
  candidate: Candidate;
  place: number;
  chosen: boolean;
}

function Tried({ candidate, place, chosen }: TriedProps) {
  const { t } = useTranslation("history");
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs">
      <Text size="sm" lineClamp={2} c={candidate.text === null ? "var(--ol-quiet)" : undefined}>
        {candidate.text ??
          t("refusedBy", {
            why: t(`rejected.${candidate.rejected}`, { defaultValue: candidate.rejected ?? "" }),
          })}
      </Text>
      <Group gap={6} wrap="nowrap" flex="none">
        {chosen && <Badge>{t("chosen")}</Badge>}
        <Text size="sm" fw={500} aria-label={t("candidate", { place })}>
          {candidate.score === null ? "—" : formatPercent(candidate.score)}
        </Text>
      </Group>
    </Group>
  );
}

function Reasons({ candidate, benefit }: { candidate: Candidate; benefit: string | undefined }) {
  const { t } = useTranslation("history");
  const rules = candidate.findings.map((finding) => String(finding.rule ?? "")).filter(Boolean);
  const scores = Object.entries(candidate.score_features).map(
    ([name, value]) => [t(`score.${name}`, { defaultValue: name }), formatNumber(value, 2)] as const,
  );
  return (
    <FactsList
      items={[
        ...scores,
        [t("findings"), rules.join(", ")],
        [t("briefBenefit"), benefit],
        [t("temperature"), formatNumber(candidate.temperature, 2)],
      ]}
    />
  );
}
