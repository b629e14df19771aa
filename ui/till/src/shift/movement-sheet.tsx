import { Button } from "@mantine/core";
import { rupiah } from "@shared/money";
import { useRef, useState } from "react";
import { useCatalog } from "../api/catalog";
import { useApproves } from "../me";
import { GrantFields, useGrant } from "../parts/grant";
import { useSince } from "../parts/hooks";
import { Keypad } from "../parts/keypad";
import { useKeys } from "../parts/keys";
import { Sheet } from "../parts/sheet";
import { EMPTY_PAD, type Key, keyOf, press, value } from "../state/keypad";
import { useText } from "../text";
import { type MovementKind, moveCash, type Shift, useKey, useOnce } from "./api";
import { needsApproval } from "./limit";
import classes from "./movement-sheet.module.css";
import { ShiftProblem } from "./problem";

const DIGITS = 9;
const REASONS = {
  in: ["movement.in.change", "movement.in.capital"],
  out: ["movement.out.supplies", "movement.out.transport", "movement.out.wages"],
  drop: ["movement.drop.full", "movement.drop.manager"],
} as const;

interface Props {
  shift: Shift;
  kind: MovementKind;
  close: () => void;
}

/** Puts cash in or takes it out: how much, then why, and who approves what is above the limit. */
export function MovementSheet({ shift, kind, close }: Props) {
  const [pad, setPad] = useState(EMPTY_PAD);
  const [isTyped, setTyped] = useState(false);
  const amount = value(pad);
  const tap = (key: Key) => setPad((now) => press(now, key, DIGITS));
  if (!isTyped) return <Amount kind={kind} amount={amount} tap={tap} next={() => setTyped(true)} close={close} />;
  return <Reason shift={shift} kind={kind} amount={amount} again={() => setTyped(false)} close={close} />;
}

interface AmountProps {
  kind: MovementKind;
  amount: number;
  tap: (key: Key) => void;
  next: () => void;
  close: () => void;
}

function Amount({ kind, amount, tap, next, close }: AmountProps) {
  const t = useText();
  useKeys((name) => {
    const key = keyOf(name);
    if (key !== null) tap(key);
    else if (name === "Enter" && amount > 0) next();
    else return false;
    return true;
  });
  const action = (
    <Button className={classes.action ?? ""} fullWidth disabled={amount === 0} onClick={next}>
      {amount === 0 ? t("movement.amount_first") : t("movement.next", { amount: rupiah(amount) })}
    </Button>
  );
  return (
    <Sheet opened close={close} title={t(`movement.${kind}`)} foot={action}>
      <p className={classes.hint}>{t(`movement.hint.${kind}`)}</p>
      <output className={classes.amount}>{rupiah(amount)}</output>
      <Keypad press={tap} amounts />
    </Sheet>
  );
}

interface ReasonProps {
  shift: Shift;
  kind: MovementKind;
  amount: number;
  again: () => void;
  close: () => void;
}

function Reason({ shift, kind, amount, again, close }: ReasonProps) {
  const t = useText();
  const approves = useApproves();
  const limit = useCatalog().data?.settings.cash_out_limit ?? null;
  const isAbove = kind === "out" && needsApproval(shift.movements, amount, limit);
  const grant = useGrant({ approval: isAbove, reason: kind !== "drop" });
  const once = useOnce(useKey());
  const slow = useSince(once.isRunning, 400);
  const locked = once.isRunning || once.isUnanswered;
  /** What was sent last: without an answer the same is sent again, whatever the fields say. */
  const sent = useRef<Parameters<typeof moveCash>[1] | null>(null);
  const act = async () => {
    if (grant.missing !== null || once.isRunning) return;
    const body = once.isUnanswered && sent.current !== null ? sent.current : { kind, amount, ...grant.body };
    sent.current = body;
    const done = await once.run(
      (key) => moveCash(shift, body, key),
      (after) => [after],
      () => grant.setPin(""),
    );
    if (done !== null) close();
  };
  const text = t(`movement.action.${kind}`, { amount: rupiah(amount) });
  const action = (
    <Button
      className={classes.action ?? ""}
      fullWidth
      disabled={grant.missing !== null || once.isRunning}
      onClick={() => void act()}
    >
      {slow ? t("saving") : (grant.missing ?? (once.isUnanswered ? t("shift.send_again") : text))}
    </Button>
  );
  return (
    <Sheet opened close={close} title={t(`movement.${kind}`)} wide={grant.needsApproval} foot={action}>
      <GrantFields
        grant={grant}
        reasons={REASONS[kind]}
        enter={() => void act()}
        disabled={locked}
        problem={<ShiftProblem once={once} safe={t("movement.safe")} />}
      >
        <div className={classes.chosen}>
          <output className={classes.amount}>{rupiah(amount)}</output>
          <Button variant="default" disabled={locked} onClick={again}>
            {t("movement.change")}
          </Button>
        </div>
        {isAbove && !approves && limit !== null && (
          <p className={classes.hint}>{t("movement.above", { limit: rupiah(limit) })}</p>
        )}
      </GrantFields>
    </Sheet>
  );
}
