import { Stack, Text, Tooltip } from "@mantine/core";
import { type Finding, runsOf } from "./findings";
import classes from "./marked.module.css";
import type { Piece } from "./parts";

interface MarkedProps {
  /** The whole text: findings are counted from its beginning. */
  text: string;
  findings?: readonly Finding[];
  /** The piece of the text to draw; all of it unless told. */
  piece?: Piece;
}

/** A text with what the guard found underlined; hover or focus tells the law and the advice. */
export function Marked({ text, findings = [], piece }: MarkedProps) {
  return runsOf(text, findings, piece?.from, piece?.to).map((run) =>
    run.findings.length ? (
      <Tooltip
        key={run.from}
        label={<Advice findings={run.findings} />}
        multiline
        maw={320}
        events={{ hover: true, focus: true, touch: true }}
      >
        <mark
          className={classes.mark}
          data-severity={run.findings.some((one) => one.severity === "block") ? "block" : "warn"}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the law and the advice must be reachable by keyboard
          tabIndex={0}
        >
          {run.text}
        </mark>
      </Tooltip>
    ) : (
      <span key={run.from}>{run.text}</span>
    ),
  );
}

function Advice({ findings }: { findings: readonly Finding[] }) {
  return (
    <Stack gap={6}>
      {findings.map((one) => (
        <div key={`${one.rule}-${one.start}`}>
          <Text size="xs" fw={600}>
            {one.law}
          </Text>
          <Text size="xs">{one.advice}</Text>
        </div>
      ))}
    </Stack>
  );
}
