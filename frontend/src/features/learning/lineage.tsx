import { Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Opens } from "@/features/learning/opens";
import type { VersionInFull } from "@/features/learning/queries";
import "@/features/learning/report-texts";
import "@/features/learning/texts";
import { FactsList } from "@/ui/facts-list";
import classes from "./learning.module.css";

/** Said elsewhere on the page. */
const ELSEWHERE = new Set(["run_id", "parent"]);

/** So many signs tell hashes apart for a reader. */
const HASH = 12;

/** From the first ancestor to the version, and what each was made of: labels, corpus, code. */
export function Lineage({ version }: { version: VersionInFull }) {
  const { t } = useTranslation("learning");
  const say = (word: string) => t(`lineage.is.${word}`, { defaultValue: word });
  const made = flatten(version.lineage, say).filter(([path]) => !ELSEWHERE.has(path));
  return (
    <Stack gap="sm">
      <ol className={classes.line} aria-label={t("lineage.title")}>
        {[...version.ancestors].reverse().map((name) => (
          <li key={name}>
            <Opens version={name} size="sm">
              {name}
            </Opens>
          </li>
        ))}
        <li aria-current="true">{version.name}</li>
      </ol>
      <FactsList
        items={[
          [t("lineage.weights"), version.weights],
          ...made.map(([path, value]) => [t(`lineage.${path}`, { defaultValue: path }), value] as const),
        ]}
      />
    </Stack>
  );
}

/** What a run wrote of its origins, nested things by their path: "dataset_hash". */
function flatten(
  value: Record<string, unknown>,
  say: (word: string) => string,
  before = "",
): [string, string][] {
  return Object.entries(value).flatMap(([name, one]): [string, string][] => {
    const path = before + name;
    if (one === null || one === undefined) return [];
    if (Array.isArray(one)) return [[path, one.map(String).map(say).join(", ")]];
    if (typeof one === "object") return flatten(one as Record<string, unknown>, say, `${path}_`);
    return [[path, path.endsWith("hash") ? String(one).slice(0, HASH) : String(one)]];
  });
}
