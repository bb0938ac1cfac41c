import { Group, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Finding, Report } from "@/features/compliance/queries";
import { SeverityBadge } from "@/features/compliance/severity-badge";
import { OpenRecord } from "@/ui/records";
import "@/features/compliance/texts";
import { Marked } from "@/ui/preview/marked";
import classes from "./compliance.module.css";

interface VerdictProps {
  text: string;
  report: Report;
  /** Another text is being judged meanwhile. */
  stale: boolean;
}

export function Verdict({ text, report, stale }: VerdictProps) {
  const { t } = useTranslation("compliance");
  const { findings } = report;
  const outcome = report.verdict === "violation" ? "violation" : findings.length ? "okWarn" : "ok";
  const Icon = { violation: IconCircleX, okWarn: IconAlertTriangle, ok: IconCircleCheck }[outcome];
  const color = { violation: "var(--ol-bad)", okWarn: "var(--ol-warn)", ok: "var(--ol-good)" }[outcome];
  return (
    <>
      <Group gap="xs" mb="sm" role="status">
        <Icon size={20} color={color} aria-hidden />
        <Text fw={600} c={color}>
          {t(`try.${outcome}`)}
        </Text>
        {findings.length > 0 && (
          <Text size="sm" c="var(--ol-quiet)">
            {t("try.findings", { count: findings.length })}
          </Text>
        )}
      </Group>
      <section className={classes.judged} data-stale={stale || undefined} aria-label={t("try.result")}>
        <Marked text={text} findings={findings} />
      </section>
      {!findings.length && (
        <Text size="sm" c="var(--ol-quiet)" mt="sm">
          {t("try.clear")}
        </Text>
      )}
      <ul className={classes.findings} aria-label={t("try.list")}>
        {findings.map((finding) => (
          <li key={`${finding.rule}:${finding.start}:${finding.end}`} className={classes.finding}>
            <FindingText finding={finding} />
          </li>
        ))}
      </ul>
    </>
  );
}

function FindingText({ finding }: { finding: Finding }) {
  const { t } = useTranslation("compliance");
  return (
    <>
      <Group gap="xs" mb={4}>
        <SeverityBadge severity={finding.severity} />
        <OpenRecord open={finding.rule}>{finding.rule}</OpenRecord>
        <span className={classes.quiet}>{finding.law}</span>
      </Group>
      <Text size="sm">{finding.excerpt ? `«${finding.excerpt}»` : t("try.whole")}</Text>
      <Text size="sm" c="var(--ol-quiet)">
        {finding.advice}
      </Text>
    </>
  );
}
