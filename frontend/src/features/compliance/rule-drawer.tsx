import { Badge, Button, Drawer, Group, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { channelsOf, groupsOf } from "@/features/compliance/filter";
import type { Rule } from "@/features/compliance/queries";
import { RuleForm } from "@/features/compliance/rule-form";
import { SeverityBadge } from "@/features/compliance/severity-badge";
import { useAddress } from "@/ui/address";
import { Code } from "@/ui/records";
import "@/features/compliance/texts";
import { formatMoment } from "@/i18n/format";
import { Empty } from "@/ui/states";
import classes from "./compliance.module.css";

interface RuleDrawerProps {
  id: string;
  rules: Rule[];
  admin: boolean;
}

export function RuleDrawer({ id, rules, admin }: RuleDrawerProps) {
  const { t } = useTranslation("compliance");
  const { t: common } = useTranslation();
  const { go } = useAddress();
  const rule = rules.find((one) => one.id === id);
  const close = () => go({ open: undefined });
  return (
    <Drawer
      opened
      onClose={close}
      position="right"
      size="min(100%, 640px)"
      title={
        <Group gap="xs">
          <Code>{id}</Code>
          {rule && <SeverityBadge severity={rule.severity} />}
          {rule && !rule.enabled && <Badge color="gray">{t("off")}</Badge>}
        </Group>
      }
    >
      {rule ? (
        <Stack gap="md">
          <Text fw={600} size="lg">
            {rule.title}
          </Text>
          <About rule={rule} rules={rules} />
          {admin ? <RuleForm rule={rule} /> : <AddedWords rule={rule} />}
        </Stack>
      ) : (
        <Empty
          title={t("unknownRule", { rule: id })}
          hint={t("unknownRuleHint")}
          action={
            <Button variant="default" onClick={close}>
              {common("act.close")}
            </Button>
          }
        />
      )}
    </Drawer>
  );
}

function Part({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <div className={classes.label}>{label}</div>
      {children}
    </div>
  );
}

/** What the rule says, whom it concerns and who touched it last. */
function About({ rule, rules }: { rule: Rule; rules: Rule[] }) {
  const { t } = useTranslation("compliance");
  const everyGroup = rule.products.length >= groupsOf(rules).length;
  const everyChannel = rule.channels.length >= channelsOf(rules).length;
  return (
    <>
      <Part label={t("law")}>
        <Text>{rule.law}</Text>
      </Part>
      <Part label={t("advice")}>
        <Text>{rule.advice}</Text>
      </Part>
      <Part label={t("where")}>
        <Text size="sm">
          {t("column.scope")}: {t(`scopeHint.${rule.scope}`).toLowerCase()}
        </Text>
        <Text size="sm">
          {t("column.products")}: {everyGroup ? t("all").toLowerCase() : rule.products.join(", ")}
        </Text>
        <Text size="sm">
          {t("column.channels")}:{" "}
          {everyChannel
            ? t("all").toLowerCase()
            : rule.channels.map((one) => t(`channel.${one}`).toLowerCase()).join(", ")}
        </Text>
      </Part>
      <Part label={t("last")}>
        {rule.changed_at ? (
          <>
            <Text size="sm">
              {t("lastBy", { who: rule.changed_by, moment: formatMoment(rule.changed_at) })}
            </Text>
            <Text size="sm">«{rule.comment}»</Text>
          </>
        ) : (
          <Text size="sm">{t("asShipped")}</Text>
        )}
      </Part>
    </>
  );
}

function AddedWords({ rule }: { rule: Rule }) {
  const { t } = useTranslation("compliance");
  return (
    <Part label={t("words")}>
      {rule.words.length ? (
        <Group gap={4}>
          {rule.words.map((word) => (
            <Badge key={word}>{word}</Badge>
          ))}
        </Group>
      ) : (
        <Text size="sm">{t(rule.scope === "text" ? "wordsNone" : "wordsCampaign")}</Text>
      )}
    </Part>
  );
}
