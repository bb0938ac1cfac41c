import { Alert, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { fieldErrors } from "@/features/batches/use-start-form";
import "@/features/batches/start-texts";
import { formatBytes } from "@/i18n/format";
import { useProblemText } from "@/ui/states";

const EXPLAINED = [403, 409, 413, 415, 422];

interface RefusalProps {
  error: unknown;
  file: File | null;
}

/** Why no batch was begun and what helps; where the server says more, its words follow. */
export function Refusal({ error, file }: RefusalProps) {
  const { t } = useTranslation("batches");
  const say = useProblemText();
  if (!error) return null;
  const status = error instanceof Problem ? error.status : 0;
  const size = file ? formatBytes(file.size) : "";
  const explained = EXPLAINED.includes(status);
  const broken = status === 0 && file !== null;
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      mb="sm"
      title={explained ? t(`refusal.${status}.title`) : broken ? t("refusal.broken.title") : undefined}
    >
      {explained || broken ? (
        <>
          <Text size="sm">{t(`refusal.${broken ? "broken" : status}.advice`, { size })}</Text>
          {explained && (
            <Text size="xs" mt={4}>
              {t("refusal.said", { words: saidBy(error as Problem) })}
            </Text>
          )}
        </>
      ) : (
        say(error)
      )}
    </Alert>
  );
}

/** The server's words, without those that stand beside a field. */
function saidBy(problem: Problem): string {
  const placed = fieldErrors(problem);
  const left = problem.errors.filter((one) => !(one.pointer in placed)).map((one) => one.detail);
  return [problem.detail || problem.title, ...left].join(" ");
}
