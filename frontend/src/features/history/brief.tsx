import { Divider, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { FactsList } from "@/ui/facts-list";
import "@/features/history/texts";

interface BriefProps {
  brief: Record<string, unknown>;
  /** Fact codes in words. */
  words: Record<string, string>;
  /** Benefit tags in the words of the card. */
  benefits: Record<string, string>;
}

function listed(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** What the language model was told of the client: codes only, shown in words. */
export function Brief({ brief, words, benefits }: BriefProps) {
  const { t } = useTranslation("history");
  if (Object.keys(brief).length === 0) return null;
  const tone =
    typeof brief.tone === "string" ? t(`common:tone.${brief.tone}`, { defaultValue: brief.tone }) : "";
  return (
    <section>
      <Divider mb="sm" />
      <Title order={2} size="h6" mb={8}>
        {t("brief")}
      </Title>
      <FactsList
        items={[
          [
            t("briefFacts"),
            listed(brief.facts)
              .map((code) => words[code] ?? code)
              .join(", "),
          ],
          [t("briefBenefit"), benefits[String(brief.benefit)]],
          [t("briefTone"), tone],
          [t("briefComment"), String(brief.comment ?? "")],
        ]}
      />
    </section>
  );
}
