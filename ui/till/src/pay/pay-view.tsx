import { Button } from "@mantine/core";
import { rupiah } from "@shared/money";
import { IconArrowLeft, IconUsers } from "@tabler/icons-react";
import { type ReactNode, Suspense, useState } from "react";
import { useCatalog } from "../api/catalog";
import { useSince, useWide } from "../parts/hooks";
import { Keypad } from "../parts/keypad";
import { useKeys } from "../parts/keys";
import { useCovered } from "../parts/layers";
import { Notices } from "../parts/notices";
import { EMPTY_PAD, type Key, keyOf, type Pad, press, suggested, value } from "../state/keypad";
import {
  dueBy,
  equalParts,
  type Means,
  meansOf,
  type Plan,
  platformFirst,
  type Rounding,
  refusal,
  type Tender,
  waysToPay,
} from "../state/tender";
import { useText } from "../text";
import { Figures } from "./figures";
import { Methods } from "./methods";
import classes from "./pay-view.module.css";
import { Quick } from "./quick";
import { Reference } from "./reference";
import { QrisSheet, SplitSheet } from "./sheets";
import { Taken } from "./taken";

export interface PayViewProps {
  title: string;
  back: () => void;
  /** What has been taken, applied to the total; null while the total is unknown. */
  plan: Plan | null;
  rounding: Rounding;
  take: (tender: Tender) => void;
  /** A part of what is due, paid ahead: no amount is suggested. */
  isDeposit?: boolean;
  /** The delivery platform that the order came from: it pays first. */
  channel?: string | null | undefined;
  /** Takes a tender back that is not at the server yet. */
  untake?: (at: number) => void;
  isSending: boolean;
  /** Replaces the keypad while no payment can be taken. */
  blocked: ReactNode;
  /** Why the last attempt failed. */
  problem: ReactNode;
  summary: ReactNode;
}

/** Most digits of an amount: below a billion rupiah. */
const DIGITS = 9;

/** Takes money: what is due, by which method, how much. Nothing moves while amounts grow. */
export function PayView(props: PayViewProps) {
  const {
    title,
    back,
    plan,
    rounding,
    take,
    untake,
    isSending,
    blocked,
    problem,
    summary,
    isDeposit = false,
    channel,
  } = props;
  const t = useText();
  const wide = useWide();
  const covered = useCovered();
  const catalog = useCatalog().data;
  const ways = platformFirst(waysToPay(catalog?.tenders), channel);
  const [chosen, setChosen] = useState<Means | null>(null);
  const means = chosen ?? (ways[0] as Means);
  const { method, tender } = means;
  const [typed, setTyped] = useState<Pad | null>(null);
  const [parts, setParts] = useState<readonly number[]>([]);
  const [splitting, setSplitting] = useState(false);
  const [isCodeShown, showCode] = useState(false);
  const [reference, setReference] = useState("");
  const saving = useSince(isSending, 400);
  const slow = useSince(isSending, 2_000);

  const due = plan?.due ?? 0;
  const whole = dueBy(method, due, rounding);
  // The last part is what the others have left.
  const part = parts[0] === undefined || parts.length === 1 ? whole : Math.min(parts[0], whole);
  const pad = typed ?? (isDeposit ? EMPTY_PAD : suggested(part));
  const amount = value(pad);
  const refused = plan === null ? null : refusal(due, { method, amount }, rounding);
  const words = reference.trim();
  const isNeeded = tender?.needs_reference === true;
  const isUnnamed = isNeeded && words === "";
  const code = method === "qris" ? (catalog?.qris ?? null) : null;
  const isAboveCode = code !== null && amount > code.most;
  const ready = plan !== null && refused === null && !isSending && blocked === null && !isAboveCode;
  const accept = (sum: number, by: Means = means) => {
    if (!ready || isUnnamed) return;
    showCode(false);
    setTyped(null);
    setReference("");
    setParts((list) => list.slice(1));
    take({ ...meansOf(by), amount: sum, ...(words === "" ? {} : { reference: words }) });
  };
  const act = () => (code === null ? accept(amount) : ready && showCode(true));
  const tap = (key: Key) => setTyped(press(pad, key, DIGITS));
  const choose = (next: Means) => {
    setChosen(next);
    setTyped(null);
    setReference("");
  };
  useKeys((name) => {
    if (covered || blocked !== null) return false;
    const key = keyOf(name);
    if (key !== null) tap(key);
    else if (name === "Enter") act();
    else if (name === "F8" && !isDeposit) accept(dueBy("cash", due, rounding), ways[0]);
    else if (name === "Escape") back();
    else return false;
    return true;
  });

  let action = t(method === "cash" ? "pay.take" : "pay.received", { amount: rupiah(amount) });
  if (saving) action = t("saving");
  else if (refused === "nothing") action = t("pay.nothing");
  else if (refused === "over")
    action = t("pay.over", { method: tender?.name ?? t(`method.${method}`), most: rupiah(due) });
  else if (isAboveCode) action = t("qris.above", { most: rupiah(code.most) });
  else if (code !== null) action = t("qris.show", { amount: rupiah(amount) });
  else if (isUnnamed) action = t("reference.first");

  return (
    <main className={classes.page}>
      <header className={classes.head}>
        <Button
          variant="subtle"
          className={classes.back ?? ""}
          leftSection={<IconArrowLeft size={22} aria-hidden />}
          onClick={back}
        >
          {t("back")}
        </Button>
        <h1 data-shown={isDeposit}>{title}</h1>
        {!wide && <Notices />}
        {!isDeposit && (
          <Button
            variant="default"
            leftSection={<IconUsers size={20} aria-hidden />}
            disabled={plan === null || due === 0 || blocked !== null}
            onClick={() => setSplitting(true)}
          >
            {t("split")}
          </Button>
        )}
      </header>
      <aside className={classes.summary}>{summary}</aside>
      <section className={classes.pay} aria-label={t("pay")}>
        <Figures plan={plan} whole={whole} method={method} pad={pad} parts={parts.length} />
        {plan !== null && plan.applied.length > 0 && <Taken plan={plan} untake={isSending ? undefined : untake} />}
        {problem}
        {blocked ?? (
          <>
            <Methods ways={ways} chosen={means} choose={choose} disabled={isSending} />
            {method === "cash" && !isDeposit && <Quick due={part} disabled={!ready} take={accept} />}
            {code !== null && <p className={classes.hint}>{t(code.has_amount ? "qris.hint" : "qris.type")}</p>}
            {code === null && (method !== "cash" || isNeeded) && (
              <Reference
                hint={method === "cash" ? undefined : t(`hint.${method}`)}
                isNeeded={isNeeded}
                reference={reference}
                change={setReference}
              />
            )}
            <div className={classes.pad}>
              <Keypad press={tap} amounts disabled={isSending} />
            </div>
            <div className={classes.foot}>
              {slow && <p role="status">{t("waiting.now")}</p>}
              <Button
                className={classes.action ?? ""}
                fullWidth
                disabled={!ready || (code === null && isUnnamed)}
                onClick={act}
              >
                {action}
              </Button>
            </div>
          </>
        )}
      </section>
      {isCodeShown && code !== null && (
        <Suspense>
          <QrisSheet
            template={code}
            amount={amount}
            close={() => showCode(false)}
            reference={reference}
            isNeeded={isNeeded}
            change={setReference}
            take={() => accept(amount)}
          />
        </Suspense>
      )}
      {splitting && (
        <Suspense>
          <SplitSheet
            opened
            close={() => setSplitting(false)}
            due={due}
            step={rounding.step}
            choose={(count) => {
              setSplitting(false);
              setTyped(null);
              setParts(count === 1 ? [] : equalParts(due, count, rounding.step));
            }}
          />
        </Suspense>
      )}
    </main>
  );
}
