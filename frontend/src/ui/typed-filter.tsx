import { CloseButton, TextInput, type TextInputProps } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

const PAUSE_MS = 300;

interface TypedFilterProps extends Omit<TextInputProps, "value" | "onChange" | "label"> {
  label: string;
  /** Whether the label stands above the field, or is for those alone who listen. */
  labelShown?: boolean;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** A filter that is typed: it takes hold in a pause, and follows the address when that changes from elsewhere. */
export function TypedFilter({ label, labelShown = true, value = "", onChange, ...input }: TypedFilterProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(value);
  const [seen, setSeen] = useState(value);
  const [sent, setSent] = useState(value);
  if (value !== seen) {
    setSeen(value);
    if (value !== sent) {
      // not the echo of what was typed here
      setTyped(value);
      setSent(value);
    }
  }
  const router = useRouter();
  const [home] = useState(router.latestLocation.pathname);
  const send = (text: string): void => {
    // a filter is taken along when its menu closes, and dropped when the page is left
    if (router.latestLocation.pathname !== home) return;
    setSent(text.trim());
    onChange(text.trim() || undefined);
  };
  const sendSoon = useDebouncedCallback(send, { delay: PAUSE_MS, flushOnUnmount: true });
  // what waits for the pause is gone with the cross, with Enter and with another address
  useEffect(() => {
    if (typed.trim() === sent) sendSoon.cancel();
  }, [typed, sent, sendSoon]);
  return (
    <TextInput
      {...input}
      {...(labelShown ? { label } : { "aria-label": label })}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        sendSoon(event.currentTarget.value);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") send(typed);
      }}
      rightSection={
        typed ? (
          <CloseButton
            size="sm"
            aria-label={t("act.clear", { what: label })}
            onClick={() => {
              setTyped("");
              send("");
            }}
          />
        ) : (
          input.rightSection
        )
      }
    />
  );
}
