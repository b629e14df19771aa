import { Button, Group, Popover, Select, Stack } from "@mantine/core";
import { IconCalendar } from "@tabler/icons-react";
import { useState } from "react";
import { type Period, PRESETS, type Preset } from "../period";
import { useText } from "../text/provider";
import { useTime } from "../time";
import { DateField } from "./date-field";

export interface PeriodSearch {
  period?: Preset | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

interface Props {
  value: PeriodSearch;
  preset: Preset;
  period: Period;
  /** The last date that can be chosen. */
  today: string;
  onChange: (next: PeriodSearch) => void;
}

/** Chooses a period: a usual one, or two dates. */
export function PeriodPicker({ value, preset, period, today, onChange }: Props) {
  const t = useText();
  const time = useTime();
  const [opened, setOpened] = useState(false);
  const custom = value.period === undefined && value.from !== undefined && value.to !== undefined;
  return (
    <Group gap="xs" wrap="nowrap" w={{ base: "100%", xs: "auto" }}>
      <Select
        aria-label={t("period")}
        data={[
          ...PRESETS.map((each) => ({ value: each as string, label: t(`period.${each}`) })),
          { value: "custom", label: t("period.custom") },
        ]}
        value={custom ? "custom" : (value.period ?? preset)}
        onChange={(next) => {
          if (next === "custom") {
            onChange({ period: undefined, ...period });
            setOpened(true);
          } else if (next !== null) {
            onChange({ period: next as Preset, from: undefined, to: undefined });
          }
        }}
        allowDeselect={false}
        w={{ base: "100%", xs: 208 }}
      />
      {custom && (
        <Popover opened={opened} onChange={setOpened} trapFocus returnFocus position="bottom-start" shadow="md">
          <Popover.Target>
            <Button
              variant="default"
              leftSection={<IconCalendar size={20} aria-hidden />}
              onClick={() => setOpened((is) => !is)}
            >
              {period.from === period.to
                ? time.day(period.from)
                : t("period.between", { from: time.day(period.from), to: time.day(period.to) })}
            </Button>
          </Popover.Target>
          <Popover.Dropdown>
            <Stack gap="sm">
              <DateField
                inPopover
                label={t("period.from")}
                value={period.from}
                max={today}
                onChange={(from) => from !== "" && onChange({ from, to: period.to })}
              />
              <DateField
                inPopover
                label={t("period.to")}
                value={period.to}
                max={today}
                onChange={(to) => to !== "" && onChange({ from: period.from, to })}
              />
            </Stack>
          </Popover.Dropdown>
        </Popover>
      )}
    </Group>
  );
}
