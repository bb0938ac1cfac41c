import { Checkbox, Text, UnstyledButton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { LabelBadge } from "@/features/history/label-badge";
import type { Listed } from "@/features/history/queries";
import { canSelect } from "@/features/history/selection";
import { formatMoment, formatMomentShort } from "@/i18n/format";
import type { Names } from "@/ui/catalogue";
import { Confidence } from "@/ui/confidence";
import classes from "./history.module.css";
import "@/features/history/texts";

const buttonOf = (id: string) => `open-${id}`;

/** Where the reader was before the card of this text took the focus. */
export function focusRow(id: string): void {
  document.getElementById(buttonOf(id))?.focus({ preventScroll: true });
}

interface RowProps {
  offer: Listed;
  index: number;
  start: number;
  height: number;
  names: Names;
  opened: boolean;
  selected: boolean;
  onOpen: (id: string) => void;
  onSelect: (offer: Listed, withShift: boolean) => void;
}

/** One text of the list. A click anywhere opens it; its button is for the keyboard and for screen readers. */
export function Row({ offer, index, start, height, names, opened, selected, onOpen, onSelect }: RowProps) {
  const { t } = useTranslation("history");
  const text = offer.text && inOneLine(offer.text);
  const noText = t("noText", { why: offer.error?.detail ?? "" });
  return (
    <tr
      aria-rowindex={index + 2}
      className={classes.line}
      data-row
      data-opened={opened || undefined}
      data-selected={selected || undefined}
      style={{ transform: `translateY(${start}px)`, height }}
      onClick={() => onOpen(offer.offer_id)}
    >
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: only keeps the click on the box from opening the row */}
      <td className={classes.box} onClick={(event) => event.stopPropagation()}>
        <Checkbox
          size="xs"
          aria-label={t("selectRow")}
          checked={selected}
          disabled={!canSelect(offer)}
          onChange={(event) => onSelect(offer, (event.nativeEvent as MouseEvent).shiftKey)}
        />
      </td>
      <td className={classes.quiet} title={formatMoment(offer.created_at)}>
        {formatMomentShort(offer.created_at)}
      </td>
      <td className={classes.cut} data-wide-only>
        {String(offer.client_id)}
      </td>
      <td className={classes.name} title={offer.product}>
        {names.product(offer.product)}
      </td>
      <td className={classes.cut}>{names.channel(offer.channel)}</td>
      <td className={classes.textCell}>
        <UnstyledButton
          id={buttonOf(offer.offer_id)}
          className={classes.text}
          aria-label={`${t("open")}: ${text ?? noText}`}
          aria-current={opened || undefined}
          onClick={(event) => {
            event.stopPropagation();
            onOpen(offer.offer_id);
          }}
        >
          {text ?? (
            <Text span inherit c="var(--ol-quiet)" fs="italic">
              {noText}
            </Text>
          )}
        </UnstyledButton>
      </td>
      <td>
        <Confidence value={offer.confidence} calibrated={offer.calibrated} />
      </td>
      <td>
        <LabelBadge label={offer.label} />
      </td>
      <td className={classes.cut} data-wide-only data-quiet>
        {offer.model_version}
      </td>
    </tr>
  );
}

/** A title, a paragraph and what follows it stay apart. */
function inOneLine(text: string): string {
  return text
    .trim()
    .split(/\s*\n\s*/)
    .join(" · ");
}
