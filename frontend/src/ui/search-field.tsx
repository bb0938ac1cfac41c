import type { TextInputProps } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { TypedFilter } from "@/ui/typed-filter";

interface SearchFieldProps extends Omit<TextInputProps, "value" | "onChange" | "label"> {
  /** What may be typed. */
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** The search of a list. */
export function SearchField({ label, placeholder = label, ...rest }: SearchFieldProps) {
  return (
    <TypedFilter
      leftSection={<IconSearch size={16} stroke={1.6} aria-hidden />}
      {...rest}
      label={label}
      labelShown={false}
      placeholder={placeholder}
    />
  );
}
