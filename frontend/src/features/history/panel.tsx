import { ActionIcon, CloseButton, Group, Text, Tooltip } from "@mantine/core";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent } from "react";
import { useTranslation } from "react-i18next";
import { LabelBadge } from "@/features/history/label-badge";
import { offerQuery } from "@/features/history/queries";
import { focusRow } from "@/features/history/row";
import { Story } from "@/features/history/story";
import { formatMoment } from "@/i18n/format";
import type { Names } from "@/ui/catalogue";
import { useHotkeys } from "@/ui/hotkeys";
import { Key } from "@/ui/kbd";
import { Failed, Loading } from "@/ui/states";
import classes from "./history.module.css";
import "@/features/history/texts";

interface PanelProps {
  id: string;
  names: Names;
  /** Neighbours in the list; undefined at its ends. */
  previous: string | undefined;
  next: string | undefined;
  listed: boolean;
  onGo: (id: string) => void;
  onClose: () => void;
}

/** Everything about one text, beside the list: the arrow keys walk through the list without leaving it. */
export function Panel({ id, names, previous, next, listed, onGo, onClose }: PanelProps) {
  const { t } = useTranslation("history");
  const offer = useQuery(offerQuery(id));
  // read ahead, so that the arrow keys never wait
  useQuery({ ...offerQuery(next ?? ""), enabled: Boolean(next) && !offer.isPending });
  const toPrevious = (): void => {
    if (previous) onGo(previous);
  };
  const toNext = (): void => {
    if (next) onGo(next);
  };
  const giveFocusBack = useEffectEvent(() => focusRow(id));
  useEffect(() => () => giveFocusBack(), []);
  useHotkeys({ ArrowUp: toPrevious, KeyK: toPrevious, ArrowDown: toNext, KeyJ: toNext, Escape: onClose });
  return (
    <aside className={classes.panel} aria-label={t("panel")}>
      <header className={classes.panelHead}>
        <Group gap={4} wrap="nowrap">
          <Tooltip label={<Keyed word={t("previous")} sign="↑" />}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("previous")}
              disabled={!previous}
              onClick={toPrevious}
            >
              <IconChevronUp size={18} stroke={1.6} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={<Keyed word={t("next")} sign="↓" />}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("next")}
              disabled={!next}
              onClick={toNext}
            >
              <IconChevronDown size={18} stroke={1.6} />
            </ActionIcon>
          </Tooltip>
        </Group>
        <div className={classes.panelTitle} ref={focusOnce} tabIndex={-1}>
          {offer.data && (
            <>
              <Text fw={600} truncate>
                {names.product(offer.data.product)} · {names.channel(offer.data.channel)}
              </Text>
              <Text size="xs" c="var(--ol-quiet)" truncate>
                {t("client")} {String(offer.data.client_id)} · {formatMoment(offer.data.created_at)}
              </Text>
            </>
          )}
        </div>
        {offer.data?.label && <LabelBadge label={offer.data.label} />}
        <CloseButton aria-label={t("closePanel")} onClick={onClose} />
      </header>
      <div className={classes.panelBody}>
        {!listed && (
          <Text size="xs" c="var(--ol-quiet)" mb="sm">
            {t("gone")}
          </Text>
        )}
        {offer.error && !offer.data && <Failed error={offer.error} retry={() => void offer.refetch()} />}
        {offer.isPending && <Loading />}
        {offer.data && <Story key={id} offer={offer.data} onGo={onGo} />}
      </div>
    </aside>
  );
}

/** The panel takes the focus when it appears, so that a screen reader starts there; it keeps it from text to text. */
function focusOnce(title: HTMLDivElement | null): void {
  title?.focus({ preventScroll: true });
}

function Keyed({ word, sign }: { word: string; sign: string }) {
  return (
    <Group gap={6}>
      {word} <Key>{sign}</Key>
    </Group>
  );
}
