import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Promotion } from "@/features/learning/queries";
import "@/features/learning/report-texts";
import "@/features/learning/texts";
import { formatMoment, formatPercent } from "@/i18n/format";
import { type Tone, ToneBadge } from "@/ui/tone-badge";
import classes from "./learning.module.css";

const TONES: Record<Promotion["kind"], Tone> = {
  full: "good",
  canary: "accent",
  rollback: "quiet",
  automatic_rollback: "bad",
};
/** Actors that are no persons. */
const MACHINES = ["system", "policy"];

/** What was put to work when, by whom and why, the latest first. */
export function PromotionList({ promotions }: { promotions: Promotion[] }) {
  const { t } = useTranslation("learning");
  return (
    <ol className={classes.promotions}>
      {promotions.map((one) => (
        <li key={`${one.at} ${one.version}`} data-automatic={one.kind === "automatic_rollback" || undefined}>
          <Group gap="xs">
            <ToneBadge tone={TONES[one.kind]}>{t(`promotion.${one.kind}`)}</ToneBadge>
            <Text size="sm">
              {one.former && one.former !== one.version && (
                <>
                  {one.former} <span aria-hidden>→</span>{" "}
                </>
              )}
              <b>{one.version}</b>
              {one.kind === "canary" && ` (${formatPercent(one.share)})`}
            </Text>
            <Text size="sm" c="var(--ol-quiet)" className={classes.aside}>
              {MACHINES.includes(one.actor) ? t(`promotion.by.${one.actor}`) : one.actor} ·{" "}
              <time dateTime={one.at}>{formatMoment(one.at)}</time>
            </Text>
          </Group>
          {one.reason && (
            <Text size="sm" mt={2}>
              {one.reason}
            </Text>
          )}
        </li>
      ))}
    </ol>
  );
}
