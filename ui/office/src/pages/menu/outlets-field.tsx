import { MultiSelect, Radio, Stack } from "@mantine/core";
import { useActiveOutlets } from "../../api/queries";
import { outletName } from "../../parts/outlet-name";
import { useText } from "../../text";

/** Null: all outlets. */
export type ChosenOutlets = string[] | null;

interface Props {
  label: string;
  value: ChosenOutlets;
  onChange: (outlets: ChosenOutlets) => void;
  note?: string;
}

/** All outlets, or some of them. */
export function OutletsField({ label, value, onChange, note }: Props) {
  const t = useText();
  const outlets = useActiveOutlets();
  return (
    <>
      <Radio.Group
        label={label}
        description={note}
        value={value === null ? "all" : "some"}
        onChange={(to) => onChange(to === "all" ? null : [])}
      >
        <Stack gap="xs" mt={4}>
          <Radio value="all" label={t("announcement.to.all", { count: outlets.length })} />
          <Radio value="some" label={t("announcement.to.some")} />
        </Stack>
      </Radio.Group>
      {value !== null && (
        <MultiSelect
          aria-label={t("announcement.to.some")}
          placeholder={t("outlet.choose")}
          data={outlets.map((outlet) => ({ value: outlet.id, label: outletName(outlet) }))}
          searchable
          limit={100}
          value={value}
          onChange={onChange}
        />
      )}
    </>
  );
}
