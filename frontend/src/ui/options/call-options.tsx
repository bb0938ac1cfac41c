import { Group, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { channelsInUseQuery, productsOnSaleQuery } from "@/ui/catalogue";
import { Failed } from "@/ui/states";
import { AUTO, CONDITIONS, type Options, TONES, VARIANTS } from "./options";
import classes from "./options.module.css";
import "./texts";

interface CallOptionsProps {
  options: Options;
  change: (part: Partial<Options>) => void;
  /** What is wrong, by the pointer of the API: "/product", "/channel". */
  errors: Partial<Record<string, string>>;
}

/** Product, channel and how the text should be. */
export function CallOptions({ options, change, errors }: CallOptionsProps) {
  const { t } = useTranslation("options");
  const { t: common } = useTranslation();
  const products = useQuery(productsOnSaleQuery);
  const channels = useQuery(channelsInUseQuery);
  const failed = products.error ?? channels.error;
  if (failed) {
    return (
      <Failed
        error={failed}
        retry={() => {
          void products.refetch();
          void channels.refetch();
        }}
      />
    );
  }
  const goods = (products.data ?? []).map((one) => ({ value: one.code, label: one.name }));
  const ways = (channels.data ?? []).map((one) => ({ value: one.code, label: one.name }));
  return (
    <Stack gap="sm">
      <Select
        label={t("product")}
        description={options.product === AUTO ? t("autoHint") : undefined}
        placeholder={t("chooseProduct")}
        searchable
        data={[{ value: AUTO, label: t("auto") }, ...goods]}
        renderOption={({ option }) => <Coded code={option.value} name={option.label} />}
        value={options.product}
        onChange={(product) => product && change({ product })}
        error={errors["/product"]}
        maxDropdownHeight={360}
      />
      <Select
        label={t("channel")}
        placeholder={t("chooseChannel")}
        data={ways}
        renderOption={({ option }) => <Coded code={option.value} name={option.label} />}
        value={options.channel}
        onChange={(channel) => channel && change({ channel })}
        error={errors["/channel"]}
        maxDropdownHeight={360}
      />
      <Choice
        label={t("tone")}
        value={options.tone}
        options={TONES.map((tone) => ({ value: tone, label: common(`tone.${tone}`) }))}
        onChange={(tone) => change({ tone })}
      />
      <Group gap="sm" grow align="start">
        <Choice
          label={t("conditions")}
          value={options.conditions}
          options={CONDITIONS.map((kind) => ({ value: kind, label: t(`conditionsKind.${kind}`) }))}
          onChange={(conditions) => change({ conditions })}
        />
        <Choice
          label={t("variants")}
          value={String(options.variants)}
          options={VARIANTS.map((count) => ({ value: String(count), label: String(count) }))}
          onChange={(count) => change({ variants: Number(count) })}
        />
      </Group>
      {options.conditions === "full" && (
        <Text size="xs" c="var(--ol-quiet)">
          {t("conditionsHint")}
        </Text>
      )}
    </Stack>
  );
}

function Coded({ code, name }: { code: string; name: string }) {
  return (
    <Group justify="space-between" wrap="nowrap" flex={1} gap="sm">
      <span>{name}</span>
      {code !== AUTO && <span className={classes.code}>{code}</span>}
    </Group>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: { value: T; label: string }[];
  onChange: (value: T) => void;
}

/** A few values side by side, under their name. */
function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <div>
      <Text size="sm" fw={500} mb={2} aria-hidden>
        {label}
      </Text>
      <SegmentedControl
        fullWidth
        size="xs"
        aria-label={label}
        value={value}
        onChange={(picked) => onChange(picked as T)}
        data={options}
      />
    </div>
  );
}
