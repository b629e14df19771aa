import { PasswordInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { body, outlet } from "../api/client";
import { asApiError } from "../api/errors";
import { useText } from "../text/provider";

const PIN = /^\d{4,8}$/;

/** Changes the PIN of the person who works here. All other sessions of that person end. */
export function usePinForm() {
  const t = useText();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const [isAsked, setAsked] = useState(false);
  const saving = useMutation({
    mutationFn: () => body(outlet.POST("/api/v1/auth/pin", { body: { current_pin: current, new_pin: next } })),
    onError: () => setCurrent(""),
  });
  const isWrong = saving.isError && asApiError(saving.error).code === "invalid_credentials";
  const wrongNext = PIN.test(next) ? null : t("pin.invalid");
  const wrongAgain = again === next ? null : t("pin.differs");
  return {
    submit: (event: FormEvent) => {
      event.preventDefault();
      setAsked(true);
      if (!saving.isPending && current !== "" && wrongNext === null && wrongAgain === null) saving.mutate();
    },
    pending: saving.isPending,
    /** What no field shows. */
    error: isWrong ? null : saving.error,
    isDone: saving.isSuccess,
    fields: (
      <>
        <Field
          label={t("pin.current")}
          value={current}
          change={setCurrent}
          error={isAsked && current === "" ? t(isWrong ? "pin.wrong" : "pin.current_first") : null}
          autoComplete="current-password"
        />
        <Field
          label={t("pin.new")}
          description={t("pin.new.hint")}
          value={next}
          change={setNext}
          error={isAsked ? wrongNext : null}
          autoComplete="new-password"
        />
        <Field
          label={t("pin.again")}
          value={again}
          change={setAgain}
          error={isAsked ? wrongAgain : null}
          autoComplete="new-password"
        />
      </>
    ),
  };
}

interface FieldProps {
  label: string;
  description?: string;
  value: string;
  change: (value: string) => void;
  error: string | null;
  autoComplete: string;
}

function Field({ value, change, ...rest }: FieldProps) {
  const t = useText();
  return (
    <PasswordInput
      {...rest}
      value={value}
      inputMode="numeric"
      maxLength={8}
      visibilityToggleButtonProps={{ "aria-label": t("login.show") }}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}
