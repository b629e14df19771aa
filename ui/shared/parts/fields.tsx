import { TextInput, type TextInputProps } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { grouped, typedAmount } from "../money";
import { useSettled } from "./late";

interface AmountProps extends Omit<TextInputProps, "value" | "onChange" | "defaultValue"> {
  value?: number | null;
  onChange?: (amount: number | null) => void;
  /** Whether amounts below zero make sense. */
  signed?: boolean;
}

/** An amount in rupiah. It is grouped when the field is left: some keyboards add separators while somebody types. */
export function AmountInput({ value = null, onChange, signed = false, ...rest }: AmountProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? (value === null ? "" : grouped(value));
  return (
    <TextInput
      leftSection="Rp"
      {...rest}
      inputMode={signed ? "text" : "numeric"}
      autoComplete="off"
      classNames={{ input: "figures" }}
      value={shown}
      onFocus={() => setTyped(shown)}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        const amount = typedAmount(text);
        onChange?.(amount !== null && signed && /^\s*[-−]/.test(text) ? -amount : amount);
      }}
      onBlur={() => setTyped(null)}
    />
  );
}

interface SearchProps {
  label: string;
  value: string;
  onChange: (text: string) => void;
}

/** A search field. It reports what is typed once typing pauses; the key `/` leads to it. */
export function SearchInput({ label, value, onChange }: SearchProps) {
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(value);
  const settled = useSettled(typed);
  const report = useRef(onChange);
  report.current = onChange;
  const reported = useRef(value);
  useEffect(() => {
    if (settled === reported.current) return;
    reported.current = settled;
    report.current(settled);
  }, [settled]);
  // The address changed by other means, such as the browser's back button.
  useEffect(() => {
    if (value === reported.current) return;
    reported.current = value;
    setTyped(value);
  }, [value]);
  useHotkeys([["/", () => field.current?.focus()]]);
  return (
    <TextInput
      ref={field}
      type="search"
      aria-label={label}
      placeholder={label}
      title={`${label} ( / )`}
      leftSection={<IconSearch size={20} aria-hidden />}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      style={{ flex: "1 1 240px", maxWidth: 420 }}
    />
  );
}
