import { useTranslation } from "react-i18next";
import { countWords } from "./forms";
import { Marked } from "./marked";
import { Measures } from "./measure";
import type { PreviewProps } from "./offer-preview";
import { emailParts } from "./parts";
import { initial } from "./phone";
import classes from "./preview.module.css";

export function EmailPreview({ text, findings, sender, limits }: PreviewProps) {
  const { t } = useTranslation("preview");
  const parts = emailParts(text);
  const name = sender ?? t("bank");
  if (!parts) {
    return (
      <>
        <div className={classes.paper}>
          <Marked text={text} findings={findings} />
        </div>
        <Measures items={[]} extra={[t("lostForm")]} />
      </>
    );
  }
  return (
    <>
      <div className={classes.letter}>
        <header className={classes.letterHead}>
          <span className={classes.face} aria-hidden>
            {initial(name)}
          </span>
          <div className={classes.said}>
            <div className={classes.subject}>
              <Marked text={text} findings={findings} piece={parts.subject} />
            </div>
            <div className={classes.from}>
              {name} · {t("toYou")}
            </div>
            <div className={classes.preheader}>
              <Marked text={text} findings={findings} piece={parts.preheader} />
            </div>
          </div>
        </header>
        <div className={classes.letterBody}>
          <Marked text={text} findings={findings} piece={parts.body} />
        </div>
      </div>
      <Measures
        items={[
          {
            part: "subject",
            count: parts.subject.to - parts.subject.from,
            most: limits?.subject_max,
            unit: "signs",
          },
          {
            part: "preheader",
            count: parts.preheader.to - parts.preheader.from,
            most: limits?.preheader_max,
            unit: "signs",
          },
          { count: countWords(text), most: limits?.max_words, unit: "words" },
        ]}
      />
    </>
  );
}
