import { useTranslation } from "react-i18next";
import { formatNumber } from "@/i18n/format";
import { Marked } from "./marked";
import { Measures } from "./measure";
import type { PreviewProps } from "./offer-preview";
import { Phone } from "./phone";
import classes from "./preview.module.css";
import { smsSize } from "./sms";

export function SmsPreview({ text, findings, sender, limits, price }: PreviewProps) {
  const { t } = useTranslation("preview");
  const size = smsSize(text);
  const parts = t("segments", { count: size.segments });
  const known = price !== undefined && price !== null;
  const cost = known ? t("cost", { parts, sum: formatNumber(price * size.segments, 2) }) : parts;
  return (
    <>
      <Phone title={sender ?? t("bank")}>
        <p className={classes.bubble} data-side="in">
          <Marked text={text} findings={findings} />
        </p>
      </Phone>
      <Measures
        items={[{ count: size.units, most: limits?.max_units, unit: "signs" }]}
        extra={[cost, t("left", { count: size.left })]}
      />
    </>
  );
}
