import { IconBan, IconCircleCheck, IconClock, IconQuestionMark } from "@tabler/icons-react";
import { useText, useWord } from "../text";
import classes from "./status.module.css";

const ICONS: Record<string, typeof IconClock> = { open: IconClock, paid: IconCircleCheck, void: IconBan };

interface Props {
  status: "open" | "paid" | "void";
  /** Something was paid, not all. */
  partly?: boolean;
}

/** The state of an order, as icon and word. */
export function Status({ status, partly = false }: Props) {
  const t = useText();
  const word = useWord();
  const Icon = ICONS[status] ?? IconQuestionMark;
  return (
    <span className={classes.status} data-status={status}>
      <Icon size={18} aria-hidden />
      {partly && status === "open" ? t("status.partly") : word(`status.${status}`)}
    </span>
  );
}
