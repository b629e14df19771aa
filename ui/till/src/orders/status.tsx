import { IconBan, IconCircleCheck, IconClock } from "@tabler/icons-react";
import { useText } from "../text";
import classes from "./status.module.css";

const ICONS = { open: IconClock, paid: IconCircleCheck, void: IconBan };

interface Props {
  status: "open" | "paid" | "void";
  /** Something was paid, not all. */
  partly?: boolean;
}

/** The state of an order, as icon and word. */
export function Status({ status, partly = false }: Props) {
  const t = useText();
  const Icon = ICONS[status];
  return (
    <span className={classes.status} data-status={status}>
      <Icon size={18} aria-hidden />
      {partly && status === "open" ? t("status.partly") : t(`status.${status}`)}
    </span>
  );
}
