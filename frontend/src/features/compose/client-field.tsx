import { Select, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type FIELDS, PURPOSES, SEGMENTS } from "./fields";

interface FieldInputProps {
  field: (typeof FIELDS)[number];
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
}

/** One feature of a client; blank means that it is not known. */
export function FieldInput({ field, value, onChange, error }: FieldInputProps) {
  const { t } = useTranslation("compose");
  const options = useOptions(field.kind);
  const shared = { label: t(`field.${field.name}`), error };
  if (options) {
    return (
      <Select
        {...shared}
        placeholder={t("unknown")}
        data={options}
        value={value || null}
        onChange={(picked) => onChange(picked ?? "")}
        clearable
        title={options.find((one) => one.value === value)?.label}
        comboboxProps={{ width: "max-content", position: "bottom-start" }}
      />
    );
  }
  return (
    <TextInput
      {...shared}
      placeholder={t("unknown")}
      inputMode={field.kind === "text" ? "text" : "decimal"}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      maxLength={200}
    />
  );
}

function useOptions(kind: FieldInputProps["field"]["kind"]): { value: string; label: string }[] | null {
  const { t } = useTranslation("compose");
  const named = (keys: readonly string[], root: string): { value: string; label: string }[] =>
    keys.map((value) => ({ value, label: t(`${root}.${value}`) }));
  switch (kind) {
    case "gender":
      return named(["0", "1"], "gender");
    case "flag":
      return [
        { value: "1", label: t("yes") },
        { value: "0", label: t("no") },
      ];
    case "purpose":
      return named(PURPOSES, "purpose");
    case "segment":
      return named(SEGMENTS, "segment");
    default:
      return null;
  }
}
