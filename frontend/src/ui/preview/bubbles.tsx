import { IconMessageCircleUser, IconSparkles } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { countWords } from "./forms";
import { Marked } from "./marked";
import { Measures } from "./measure";
import type { PreviewProps } from "./offer-preview";
import { headAndRest } from "./parts";
import { Phone } from "./phone";
import classes from "./preview.module.css";

/** A banner in the bank's app: the phrase, and what the law adds in small letters. */
export function BannerPreview({ text, findings, limits }: PreviewProps) {
  const { head, rest } = headAndRest(text);
  return (
    <>
      <div className={classes.appScreen}>
        <div className={classes.banner}>
          <IconSparkles size={20} stroke={1.6} aria-hidden />
          <div className={classes.said}>
            <p className={classes.bannerText}>
              <Marked text={text} findings={findings} piece={head} />
            </p>
            {rest.map((line) => (
              <p key={line.from} className={classes.small}>
                <Marked text={text} findings={findings} piece={line} />
              </p>
            ))}
          </div>
        </div>
        <div className={classes.ghost} aria-hidden />
        <div className={classes.ghost} aria-hidden />
      </div>
      <Measures items={[{ count: countWords(text), most: limits?.max_words, unit: "words" }]} />
    </>
  );
}

/** What a manager says at the desk. */
export function OfficePreview({ text, findings, limits }: PreviewProps) {
  const { t } = useTranslation("preview");
  const { head, rest } = headAndRest(text);
  return (
    <>
      <div className={classes.script}>
        <div className={classes.speaker}>
          <IconMessageCircleUser size={16} stroke={1.6} aria-hidden />
          {t("manager")}
        </div>
        <p className={classes.line}>
          <Marked text={text} findings={findings} piece={head} />
        </p>
        {rest.map((line) => (
          <p key={line.from} className={classes.small}>
            <Marked text={text} findings={findings} piece={line} />
          </p>
        ))}
      </div>
      <Measures items={[{ count: countWords(text), most: limits?.max_words, unit: "words" }]} />
    </>
  );
}

/** A message in the chat of the app. */
export function ChatPreview({ text, findings, sender, limits }: PreviewProps) {
  const { t } = useTranslation("preview");
  return (
    <>
      <Phone title={sender ?? t("bank")}>
        <p className={classes.bubble} data-side="chat">
          <Marked text={text} findings={findings} />
        </p>
      </Phone>
      <Measures items={[{ count: text.length, most: limits?.max_units, unit: "signs" }]} />
    </>
  );
}
