import { Button, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { FieldsProps } from "@/features/catalogue/product-values";
import "@/features/catalogue/texts";

interface EditableListProps extends Pick<FieldsProps, "error" | "readOnly"> {
  name: "benefits" | "audience";
  /** How many there are, and how many there may be. */
  count: number;
  most: number;
  onAdd: () => void;
  children: ReactNode;
}

/** A list inside the form of a product: what it is for, what is wrong with it, its rows, and one more. */
export function EditableList({ name, count, most, onAdd, error, readOnly, children }: EditableListProps) {
  const { t } = useTranslation("catalogue");
  const wrong = error(`/${name}`);
  return (
    <>
      <Text size="xs" c="var(--ol-quiet)" mb="xs">
        {t(`${name}.hint`)}
      </Text>
      {wrong && (
        <Text c="var(--ol-bad)" size="sm" role="alert">
          {wrong}
        </Text>
      )}
      {!count && <Text size="sm">{t(`${name}.empty`)}</Text>}
      {children}
      {!readOnly && (
        <Button
          variant="default"
          mt="sm"
          leftSection={<IconPlus size={16} aria-hidden />}
          disabled={count >= most}
          onClick={onAdd}
        >
          {t(`${name}.add`)}
        </Button>
      )}
    </>
  );
}
