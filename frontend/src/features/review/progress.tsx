import { Progress as Bar, Group, Skeleton, Text, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { progressQuery } from "@/features/review/queries";
import classes from "@/features/review/review.module.css";
import "@/features/review/texts";
import { formatNumber, formatPercent } from "@/i18n/format";

/** The day so far; the agreement opens what reviewers differ on. */
export function DayProgress({ onAgreement }: { onAgreement: () => void }) {
  const { t } = useTranslation("review");
  const { data, isPending } = useQuery(progressQuery);
  if (isPending) return <Skeleton height={24} radius="sm" my={8} />;
  if (!data) return null;
  const { labelled_today: today, unlabelled, shared } = data;
  const whole = today.all + unlabelled;
  return (
    <Group className={classes.progress} gap="sm" wrap="wrap">
      <Text size="sm">
        {t("today")} <b>{t("mine", { shown: formatNumber(today.mine) })}</b>
        <span className={classes.quiet}>
          {" · "}
          {t("team", { shown: formatNumber(today.all) })}
          {" · "}
          {t("left", { shown: formatNumber(unlabelled) })}
        </span>
      </Text>
      <Bar
        value={whole ? (today.all / whole) * 100 : 0}
        size="sm"
        className={classes.bar}
        aria-label={t("dayShare")}
      />
      <UnstyledButton onClick={onAgreement} className={classes.link}>
        {shared.agreement === null
          ? t("agreementNone")
          : t("agreement", { share: formatPercent(shared.agreement) })}
        {shared.kappa !== null && ` · κ ${formatNumber(shared.kappa, 2)}`}
      </UnstyledButton>
    </Group>
  );
}
