import { Button, Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "@/api/client";
import { Problem } from "@/api/problem";
import { FORMS } from "@/features/catalogue/channel-values";
import {
  type Channel,
  type ChannelIn,
  type ProductDetail,
  type ProductIn,
  referenceQuery,
} from "@/features/catalogue/queries";
import { useAddress } from "@/ui/address";
import "@/features/catalogue/texts";
import { useProblemText } from "@/ui/states";
import { useUnsaved } from "@/ui/unsaved";

type Kind = "product" | "channel";

interface NewRecord {
  code: string;
  name: string;
  /** The group of a product, the form of a channel. */
  sort: string | null;
}

async function create(kind: Kind, { code, name, sort }: NewRecord): Promise<ProductDetail | Channel> {
  const body = { code: code.trim(), name: name.trim() };
  if (kind === "product") {
    return data(api.POST("/api/v1/products", { body: { ...body, group: sort as ProductIn["group"] } }));
  }
  return data(api.POST("/api/v1/channels", { body: { ...body, form: sort as ChannelIn["form"] } }));
}

/** What a record cannot be without; the rest is filled in its own form, which opens next. */
export function CreateRecord({ kind }: { kind: Kind }) {
  const { t } = useTranslation("catalogue");
  const { t: common } = useTranslation();
  const { go } = useAddress();
  const say = useProblemText();
  const client = useQueryClient();
  const reference = useQuery(referenceQuery);
  const [values, setValues] = useState<NewRecord>({ code: "", name: "", sort: null });
  const pass = useUnsaved(Boolean(values.code || values.name), ["new", "tab"]);
  const making = useMutation({
    mutationFn: () => create(kind, values),
    onSuccess: (made) => {
      client.setQueryData(["catalogue", kind, made.code], made);
      void client.invalidateQueries({ queryKey: ["catalogue", `${kind}s`] });
      void client.invalidateQueries({ queryKey: [`${kind}s`, "ready"] });
      pass();
      go({ new: undefined, open: made.code }, true);
    },
  });
  const refusal = making.error instanceof Problem ? making.error : null;
  const codeError = refusal?.field("/code") ?? (refusal?.status === 409 ? refusal.detail : undefined);
  const elsewhere = making.error && !codeError && !refusal?.field("/name");
  const product = kind === "product";
  const sorts = product
    ? (reference.data?.groups ?? []).map((group) => ({ value: group.code, label: group.name }))
    : FORMS.map((form) => ({ value: form, label: t(`form.${form}`) }));
  return (
    <Modal
      opened
      onClose={() => go({ new: undefined })}
      title={t(product ? "newProduct" : "newChannel")}
      centered
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!making.isPending) making.mutate();
        }}
      >
        <Stack gap="sm">
          <TextInput
            label={t("code")}
            description={t("codeHint")}
            required
            data-autofocus
            maxLength={32}
            value={values.code}
            onChange={(event) => setValues({ ...values, code: event.currentTarget.value.toUpperCase() })}
            error={codeError}
          />
          <TextInput
            label={t("field.name")}
            required
            maxLength={300}
            value={values.name}
            onChange={(event) => setValues({ ...values, name: event.currentTarget.value })}
            error={refusal?.field("/name") ?? (elsewhere ? say(making.error) : undefined)}
          />
          <Select
            label={t(product ? "field.group" : "field.form")}
            description={t(product ? "groupLater" : "formLater")}
            data={sorts}
            value={values.sort}
            onChange={(sort) => setValues({ ...values, sort })}
            searchable
            clearable
          />
          <Group justify="flex-end" mt="xs">
            <Button variant="default" onClick={() => go({ new: undefined })}>
              {common("act.cancel")}
            </Button>
            <Button type="submit" loading={making.isPending}>
              {common("act.create")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
