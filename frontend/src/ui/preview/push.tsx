import { useTranslation } from "react-i18next";
import { Marked } from "./marked";
import { Measures } from "./measure";
import type { PreviewProps } from "./offer-preview";
import { pushParts } from "./parts";
import { initial } from "./phone";
import classes from "./preview.module.css";

export function PushPreview({ text, findings, sender, limits }: PreviewProps) {
  const { t } = useTranslation("preview");
  const { title, body } = pushParts(text);
  const name = sender ?? t("bank");
  return (
    <>
      <div className={classes.lock}>
        <div className={classes.notice}>
          <span className={classes.app} aria-hidden>
            {initial(name)}
          </span>
          <div className={classes.said}>
            <div className={classes.noticeHead}>
              <span className={classes.noticeTitle}>
                <Marked text={text} findings={findings} piece={title} />
              </span>
              <span className={classes.when}>{t("now")}</span>
            </div>
            <div>
              <Marked text={text} findings={findings} piece={body} />
            </div>
          </div>
        </div>
      </div>
      <Measures
        items={[
          { part: "title", count: title.to - title.from, most: limits?.title_max, unit: "signs" },
          { part: "body", count: body.to - body.from, most: limits?.body_max, unit: "signs" },
        ]}
      />
    </>
  );
}
