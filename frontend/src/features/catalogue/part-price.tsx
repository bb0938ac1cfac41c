import { NumberInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import "@/features/catalogue/texts";

interface PartPriceProps {
  price: number | null;
  set: (price: number | null) => void;
  error: string | undefined;
  readOnly: boolean;
}

const priceOf = (typed: number | string): number | null => (typed === "" ? null : Number(typed));

/** What one part of an SMS costs; an empty field says that nobody knows. */
export function PartPrice({ price, set, error, readOnly }: PartPriceProps) {
  const { t, i18n } = useTranslation("catalogue");
  // "4," is 4 already, yet its comma must stay on screen
  const [typed, setTyped] = useState<number | string>(price ?? "");
  return (
    <NumberInput
      label={t("field.part_price")}
      description={t("fieldHint.part_price")}
      value={priceOf(typed) === price ? typed : (price ?? "")}
      onChange={(value) => {
        setTyped(value);
        set(priceOf(value));
      }}
      error={error}
      min={0}
      max={1000}
      decimalScale={2}
      decimalSeparator={i18n.language === "en" ? "." : ","}
      allowedDecimalSeparators={[",", "."]}
      allowNegative={false}
      readOnly={readOnly}
      maw={200}
    />
  );
}
