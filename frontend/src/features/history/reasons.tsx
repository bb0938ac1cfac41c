import { Chip, Group, Input, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Judgement, reasonsQuery } from "@/features/history/queries";
import { Failed } from "@/ui/states";
import "@/features/history/texts";

export type Reasons = NonNullable<Judgement["reasons"]>;

/** Why a text fails: any number of the known reasons. */
export function ReasonChoice({ value, onChange }: { value: Reasons; onChange: (value: Reasons) => void }) {
  const { t } = useTranslation("history");
  const reasons = useQuery(reasonsQuery);
  if (reasons.error) return <Failed error={reasons.error} retry={() => void reasons.refetch()} />;
  return (
    <Input.Wrapper label={t("reasons")} labelElement="div">
      <Chip.Group multiple value={value} onChange={(chosen) => onChange(chosen as Reasons)}>
        <Group gap={6} mt={4}>
          {reasons.isPending && <Skeleton h={28} />}
          {reasons.data?.map((reason) => (
            <Chip key={reason.code} value={reason.code} size="xs" variant="outline">
              {reason.words}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </Input.Wrapper>
  );
}
