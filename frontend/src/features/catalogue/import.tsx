import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { ImportProblems, ImportRows } from "@/features/catalogue/import-report";
import { type ImportReport, importFile } from "@/features/catalogue/queries";
import "@/features/catalogue/texts";
import { channelsInUseQuery, productsOnSaleQuery } from "@/ui/catalogue";
import { FileDrop } from "@/ui/file-drop";
import { Card } from "@/ui/page";
import { Empty, Loading, useProblemText } from "@/ui/states";

const LARGEST = 2 * 1024 * 1024;

/** A file is tried first and taken only after a person has seen what it changes. */
export function ImportTab({ admin }: { admin: boolean }) {
  const { t } = useTranslation("catalogue");
  const client = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const trial = useMutation({ mutationFn: (chosen: File) => importFile(chosen, true) });
  const taking = useMutation({
    mutationFn: (chosen: File) => importFile(chosen, false),
    onSuccess: () => {
      notifications.show({ message: t("import.done"), color: "green" });
      for (const queryKey of [["catalogue"], productsOnSaleQuery.queryKey, channelsInUseQuery.queryKey]) {
        void client.invalidateQueries({ queryKey });
      }
    },
  });
  if (!admin) return <Empty title={t("import.adminOnly")} hint={t("import.adminHint")} />;
  const choose = (chosen: File) => {
    setFile(chosen);
    taking.reset();
    trial.mutate(chosen);
  };
  const check = ({ name, size }: File) => {
    if (!name.toLowerCase().endsWith(".xlsx")) return t("import.notXlsx", { name });
    return size > LARGEST ? t("import.tooLarge") : undefined;
  };
  const again = () => {
    setFile(null);
    trial.reset();
    taking.reset();
  };
  const error = taking.error ?? trial.error;
  const report = error ? null : (taking.data ?? trial.data ?? null);
  return (
    <Stack gap="md">
      {!file && (
        <FileDrop
          title={t("import.drop")}
          hint={t("import.layout")}
          accept=".xlsx"
          check={check}
          choose={choose}
        />
      )}
      {file && trial.isPending && (
        <div aria-live="polite">
          <Text ta="center" mt="lg">
            {t("import.checking", { name: file.name })}
          </Text>
          <Loading height={80} />
        </div>
      )}
      {file && error && (
        <Refusal error={error} retry={() => (taking.error ? taking : trial).mutate(file)} again={again} />
      )}
      {file && report && (
        <Outcome
          name={file.name}
          report={report}
          taken={taking.isSuccess}
          pending={taking.isPending}
          take={() => {
            if (!taking.isPending) taking.mutate(file);
          }}
          again={again}
        />
      )}
    </Stack>
  );
}

function Refusal({ error, retry, again }: { error: Error; retry: () => void; again: () => void }) {
  const { t } = useTranslation("catalogue");
  const { t: common } = useTranslation();
  const say = useProblemText();
  const cells = error instanceof Problem && error.status === 422 ? error.errors : [];
  return (
    <Card>
      <Alert
        color="red"
        variant="light"
        role="alert"
        mb="sm"
        title={cells.length ? t("import.refused") : undefined}
      >
        {cells.length ? null : say(error)}
      </Alert>
      {cells.length > 0 && <ImportProblems problems={cells} />}
      <Group mt="md" gap="xs">
        <Button onClick={again}>{t("import.another")}</Button>
        {!cells.length && (
          <Button variant="default" onClick={retry}>
            {common("act.retry")}
          </Button>
        )}
      </Group>
    </Card>
  );
}

interface OutcomeProps {
  name: string;
  report: ImportReport;
  taken: boolean;
  pending: boolean;
  take: () => void;
  again: () => void;
}

function Outcome({ name, report, taken, pending, take, again }: OutcomeProps) {
  const { t } = useTranslation("catalogue");
  const count = report.created.length + report.updated.length;
  return (
    <Card title={`${t(taken ? "import.done" : "import.preview")}: ${name}`}>
      {report.warnings.length > 0 && (
        <Alert color="yellow" variant="light" title={t("import.warnings")} mb="sm">
          <ImportProblems problems={report.warnings} />
        </Alert>
      )}
      {count === 0 && <Text size="sm">{t("import.nothing")}</Text>}
      <ImportRows report={report} />
      {report.created.length > 0 && (
        <Text size="xs" c="var(--ol-quiet)" mt="xs">
          {t("import.draftNote")}
        </Text>
      )}
      <Group mt="md" gap="xs">
        {!taken && count > 0 && (
          <Button onClick={take} loading={pending}>
            {t("import.apply", { count })}
          </Button>
        )}
        <Button variant="default" onClick={again} disabled={pending}>
          {t("import.another")}
        </Button>
      </Group>
    </Card>
  );
}
