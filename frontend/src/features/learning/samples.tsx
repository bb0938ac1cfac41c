import { Button, Center, Group, Text, Title } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Sample } from "@/features/learning/report";
import "@/features/learning/report-texts";
import "@/features/learning/texts";
import { useNames } from "@/ui/catalogue";
import { Facts } from "@/ui/client/facts";
import { ToneBadge } from "@/ui/tone-badge";
import { marked, sideBySide } from "@/ui/word-diff";
import classes from "./learning.module.css";

const AT_ONCE = 4;

/** Texts of both versions for the same clients, beside one another. */
export function Samples({ samples }: { samples: Sample[] }) {
  const { t } = useTranslation("learning");
  const [shown, setShown] = useState(AT_ONCE);
  return (
    <div>
      <Title order={4} size="h6">
        {t("samples.title")}
      </Title>
      <Text size="sm" c="var(--ol-quiet)" mb="xs">
        {t("samples.hint")}
      </Text>
      <div className={classes.samples}>
        {samples.slice(0, shown).map((sample, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: samples have no name of their own, and their order stays
          <Pair key={place} sample={sample} number={place + 1} />
        ))}
      </div>
      {shown < samples.length && (
        <Center mt="sm">
          <Button variant="default" size="xs" onClick={() => setShown(shown + AT_ONCE)}>
            {t("samples.more", { count: samples.length - shown })}
          </Button>
        </Center>
      )}
    </div>
  );
}

function Pair({ sample, number }: { sample: Sample; number: number }) {
  const { t } = useTranslation(["learning", "common"]);
  const names = useNames();
  const texts = useMemo(() => sideBySide(sample.champion ?? "", sample.challenger ?? ""), [sample]);
  const tone = t(`common:tone.${sample.tone}`, { defaultValue: sample.tone });
  return (
    <article className={classes.pair} aria-label={t("learning:samples.one", { number })}>
      <Group gap="xs" justify="space-between">
        <Text size="sm" fw={500}>
          {names.product(sample.product)} · {names.channel(sample.channel)}
        </Text>
        <Text size="xs" c="var(--ol-quiet)">
          {tone}
          {sample.preferred === "same" && ` · ${t("learning:samples.same")}`}
        </Text>
      </Group>
      {sample.facts.length > 0 && <Facts facts={sample.facts} />}
      <div className={classes.sides}>
        {(["champion", "challenger"] as const).map((side) => (
          <section
            key={side}
            className={classes.side}
            data-preferred={sample.preferred === side || undefined}
          >
            <Group gap="xs" mb={4}>
              <Text size="xs" c="var(--ol-quiet)">
                {t(`learning:${side}`)}
              </Text>
              {sample.preferred === side && (
                <ToneBadge tone="good">{t("learning:samples.preferred")}</ToneBadge>
              )}
            </Group>
            {sample[side] === null ? (
              <Text size="sm" c="var(--ol-quiet)">
                {t("learning:samples.noText")}
              </Text>
            ) : (
              <p>{marked(side === "champion" ? texts.from : texts.to)}</p>
            )}
          </section>
        ))}
      </div>
    </article>
  );
}
