import { Select } from "@mantine/core";
import { useText } from "../text";
import { usePrinters } from "./use-printers";

interface Props {
  label: string;
  description?: string;
  /** What no printer means. */
  none: string;
  /** The printer that cannot be chosen. */
  except?: string | undefined;
  input: { value?: string; onChange?: (value: string | null) => void; error?: unknown };
}

/** A choice of one of the printers in use; an empty value is none. */
export function PrinterSelect({ label, description, none, except, input }: Props) {
  const t = useText();
  const printers = usePrinters();
  const usable = (printers.data ?? []).filter(({ id, active }) => id !== except && (active || id === input.value));
  return (
    <Select
      label={label}
      {...(description !== undefined && { description })}
      nothingFoundMessage={t("printers.empty")}
      allowDeselect={false}
      data={[{ value: "", label: none }, ...usable.map(({ id, name }) => ({ value: id, label: name }))]}
      {...(input as object)}
    />
  );
}
