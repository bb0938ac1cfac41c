import { Group, Text } from "@mantine/core";
import { IconThumbDown, IconThumbUp } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Trait } from "@/features/learning/report";
import "@/features/learning/report-texts";
import "@/features/learning/texts";
import { useNames } from "@/ui/catalogue";
import classes from "./learning.module.css";

const ICONS = { likes: IconThumbUp, dislikes: IconThumbDown };

interface TraitsProps {
  kind: "likes" | "dislikes";
  traits: Trait[];
  /** The heaviest weight of either kind: the bars of both are of one scale. */
  most: number;
}

/** What makes a label of one kind likelier, the heaviest first. */
export function Traits({ kind, traits, most }: TraitsProps) {
  const { t } = useTranslation("learning");
  const Icon = ICONS[kind];
  const names = useNames();
  /** The score knows products and channels by their codes. */
  const inWords = ({ trait, words }: Trait): string => {
    const [what, code = ""] = trait.split(":");
    if (what !== "product" && what !== "channel") return words;
    return t(`trait.${what}`, { name: names[what](code) });
  };
  return (
    <div>
      <Group gap={6} mb={4} className={classes.taste} data-kind={kind}>
        <Icon size={16} stroke={1.8} aria-hidden />
        <Text size="sm" fw={500}>
          {t(`learnt.${kind}`)}
        </Text>
      </Group>
      {traits.length ? (
        <ul className={classes.traits} aria-label={t(`learnt.${kind}`)}>
          {traits.map((one) => (
            <li key={one.trait} title={one.trait}>
              <span className={classes.track} aria-hidden>
                <span
                  className={classes.weight}
                  data-kind={kind}
                  style={{ width: `${(100 * Math.abs(one.weight)) / most}%` }}
                />
              </span>
              <span>{inWords(one)}</span>
            </li>
          ))}
        </ul>
      ) : (
        <Text size="sm" c="var(--ol-quiet)">
          {t("learnt.noTraits")}
        </Text>
      )}
    </div>
  );
}
