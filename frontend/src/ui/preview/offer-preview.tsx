import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { BannerPreview, ChatPreview, OfficePreview } from "./bubbles";
import { EmailPreview } from "./email";
import type { Finding } from "./findings";
import { type Form, formOf } from "./forms";
import { PushPreview } from "./push";
import { ScriptPreview } from "./script";
import { SmsPreview } from "./sms-preview";
import "./texts";

export interface PreviewProps {
  text: string;
  /** Code of the channel; decides between the words of an operator and of a courier. */
  channel: string;
  findings?: readonly Finding[];
  /** Limits of the channel as the catalogue has them; without them only lengths are shown. */
  limits?: Record<string, number>;
  /** How the bank signs. */
  sender?: string;
  /** Price of one part of an SMS in roubles, where somebody knows it. */
  price?: number | null;
}

const PREVIEWS: Record<Form, ComponentType<PreviewProps>> = {
  sms: SmsPreview,
  push: PushPreview,
  email: EmailPreview,
  script: ScriptPreview,
  banner: BannerPreview,
  office: OfficePreview,
  chat: ChatPreview,
};

/** A text as the client sees or hears it on its channel, with the guard's findings underlined. */
export function OfferPreview({ form, ...props }: PreviewProps & { form?: string | null }) {
  const { t } = useTranslation("preview");
  const Preview = PREVIEWS[formOf(props.channel, form)];
  return (
    <figure aria-label={t("label")} style={{ margin: 0 }}>
      <Preview {...props} />
    </figure>
  );
}
