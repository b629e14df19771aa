import "@mantine/dates/styles.css";
import "dayjs/locale/id";
import { DateInput } from "@mantine/dates";
import { IconCalendar } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useLanguage, useText } from "../text/provider";
import { typedDate } from "../time";

interface Props {
  label: string;
  description?: ReactNode;
  error?: ReactNode;
  /** `2026-11-22`; empty for no date. */
  value?: string;
  onChange?: (date: string) => void;
  /** The last date that can be chosen. */
  max?: string;
  /** Whether no date is a choice. */
  clearable?: boolean;
  /** The field of a form that this is. */
  "data-path"?: string;
  /** Inside a popover, which a click on a calendar elsewhere would close. */
  inPopover?: boolean;
}

/** A date, typed or chosen from a calendar, in the language of the page: browsers' own date fields follow the device's. */
export function DateField({
  label,
  description,
  error,
  value = "",
  onChange,
  max,
  clearable = false,
  inPopover = false,
  "data-path": path,
}: Props) {
  const t = useText();
  const { language } = useLanguage();
  return (
    <DateInput
      size="md"
      label={label}
      description={description}
      error={error}
      data-path={path}
      locale={language}
      firstDayOfWeek={1}
      // No weekend in red: a color is a state.
      weekendDays={[]}
      valueFormat="D MMM YYYY"
      dateParser={typedDate}
      placeholder={t("date.example")}
      leftSection={<IconCalendar size={20} aria-hidden />}
      leftSectionPointerEvents="none"
      popoverProps={{ withinPortal: !inPopover }}
      clearable={clearable}
      clearButtonProps={{ "aria-label": t("date.clear") }}
      value={value === "" ? null : value}
      onChange={(date) => onChange?.(date ?? "")}
      {...(max !== undefined && max !== "" && { maxDate: max })}
    />
  );
}
