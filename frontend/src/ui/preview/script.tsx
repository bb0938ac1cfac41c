import { IconCornerDownRight, IconHeadset, IconTruckDelivery } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { countWords } from "./forms";
import { Marked } from "./marked";
import { Measures } from "./measure";
import type { PreviewProps } from "./offer-preview";
import { scriptParts } from "./parts";
import classes from "./preview.module.css";

/** The words of an operator or a courier, line by line, and the branch for a refusal. */
export function ScriptPreview({ text, channel, findings, limits }: PreviewProps) {
  const { t } = useTranslation("preview");
  const { lines, refusal } = scriptParts(text);
  const courier = channel === "KND";
  const Icon = courier ? IconTruckDelivery : IconHeadset;
  return (
    <>
      <div className={classes.script}>
        <div className={classes.speaker}>
          <Icon size={16} stroke={1.6} aria-hidden />
          {t(courier ? "courier" : "operator")}
        </div>
        {lines.map((line) => (
          <p key={line.from} className={classes.line}>
            <Marked text={text} findings={findings} piece={line} />
          </p>
        ))}
        {refusal && (
          <div className={classes.refusal}>
            <div className={classes.speaker}>
              <IconCornerDownRight size={16} stroke={1.6} aria-hidden />
              {t("refusal")}
            </div>
            <p className={classes.line}>
              <Marked text={text} findings={findings} piece={refusal} />
            </p>
          </div>
        )}
      </div>
      <Measures items={[{ count: countWords(text), most: limits?.max_words, unit: "words" }]} />
    </>
  );
}
