import { Select } from "@mantine/core";
import { useOutlets } from "../api/queries";
import { useText } from "../text";
import { outletName } from "./outlet-name";

interface Props {
  value: string | undefined;
  onChange: (id: string | undefined) => void;
  /** Whether "all outlets" can be chosen. */
  all?: boolean;
  label?: string;
}

/** The most outlets that the list shows at once; typing finds the others. */
const SHOWN = 100;

/** Chooses an outlet by typing a part of its name or code. */
export function OutletSelect({ value, onChange, all = true, label }: Props) {
  const t = useText();
  const outlets = useOutlets();
  return (
    <Select
      {...(label === undefined ? { "aria-label": t("outlet.one") } : { label })}
      placeholder={all ? t("outlet.all") : t("outlet.choose")}
      data={(outlets.data ?? [])
        .filter((outlet) => outlet.state === "active" || outlet.id === value)
        .map((outlet) => ({ value: outlet.id, label: outletName(outlet) }))}
      value={value ?? null}
      onChange={(id) => onChange(id ?? undefined)}
      searchable
      clearable={all}
      limit={SHOWN}
      nothingFoundMessage={t("outlet.none")}
      clearButtonProps={{ "aria-label": t("outlet.all") }}
      style={{ flex: "1 1 240px", maxWidth: 360 }}
    />
  );
}
