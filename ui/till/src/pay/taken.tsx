import { ActionIcon } from "@mantine/core";
import { rupiah } from "@shared/money";
import { IconX } from "@tabler/icons-react";
import type { Plan } from "../state/tender";
import { useText } from "../text";
import { useMeansName } from "./means-name";
import classes from "./taken.module.css";

/** What has been taken so far. */
export function Taken({ plan, untake }: { plan: Plan; untake: ((at: number) => void) | undefined }) {
  const t = useText();
  const nameOf = useMeansName();
  return (
    <ul className={classes.taken} aria-label={t("pay.taken")}>
      {plan.applied.map(({ amount, ...tender }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a tender is known by its place
        <li key={`${at} ${tender.method}`}>
          <span className="name">{nameOf(tender)}</span>
          <span className={classes.amount}>{rupiah(amount)}</span>
          {untake !== undefined && (
            <ActionIcon
              variant="subtle"
              size={44}
              aria-label={t("pay.untake", { method: nameOf(tender), amount: rupiah(amount) })}
              onClick={() => untake(at)}
            >
              <IconX size={20} aria-hidden />
            </ActionIcon>
          )}
        </li>
      ))}
    </ul>
  );
}
