import { Button, Textarea } from "@mantine/core";
import { grouped, rupiah } from "@shared/money";
import { AmountInput } from "@shared/parts/fields";
import { IconInfoCircle } from "@tabler/icons-react";
import { useState } from "react";
import { v7 } from "uuid";
import { useOpenOrders, waiting } from "../api/orders";
import { useOnline } from "../api/reach";
import { useHere } from "../me";
import { useSince } from "../parts/hooks";
import { useGo } from "../parts/layers";
import { usePart } from "../state/store";
import { useText } from "../text";
import { closeShift, handOver, type Shift, useOnce, useReport } from "./api";
import { Count, Sum } from "./count";
import { closeBody, counted, type Draft, tenderKey } from "./draft";
import { Layout } from "./layout";
import { useMethodName } from "./method";
import classes from "./page.module.css";
import { ShiftProblem } from "./problem";
import { useDraft } from "./stored-draft";

interface Props {
  shift: Shift;
  /** The next shift of the drawer is opened with the same count. */
  handsOver: boolean;
}

/** Closes a shift: first the count, then what stays in the drawer and what the card terminal says. */
export function Closing({ shift, handsOver }: Props) {
  const t = useText();
  const go = useGo();
  const online = useOnline();
  const verb = handsOver ? "handover" : "close";
  const { draft, change, forget } = useDraft(`${verb}:${shift.id}`);
  const once = useOnce({ key: () => draft.key, renew: () => change({ key: v7(), sent: false }) });
  const slow = useSince(once.isRunning, 400);
  const [isCounted, setCounted] = useState(false);
  const amount = counted(draft);
  const isTooMuch = draft.left !== null && draft.left > amount;
  const title = t(handsOver ? "shift.hand_over" : "shift.close");
  const detail = t("shift.title", { number: shift.shift_number, drawer: shift.drawer_name });
  const act = async () => {
    if (!online || once.isRunning || isTooMuch) return;
    change({ sent: true });
    const body = closeBody(draft);
    const done = handsOver
      ? await once.run(
          (key) => handOver(shift, body, key),
          ({ closed, opened }) => [closed, opened],
        )
      : await once.run(
          (key) => closeShift(shift, body, key),
          (closed) => [closed],
        );
    if (done === null) return;
    forget();
    go(`/shift/${shift.id}`, true);
  };
  if (!isCounted && !draft.sent) {
    return (
      <Layout
        title={title}
        detail={`${detail} · ${t("shift.count_first")}`}
        back={() => go(`/shift/${shift.id}`)}
        fits
        foot={
          <>
            <Sum draft={draft} />
            <Button fullWidth onClick={() => setCounted(true)}>
              {t("shift.counted", { amount: rupiah(amount) })}
            </Button>
          </>
        }
      >
        <Count draft={draft} change={change} locked={false} enter={() => setCounted(true)} />
      </Layout>
    );
  }
  let action = t(handsOver ? "shift.hand_over.action" : "shift.close.action");
  if (!online) action = t("away");
  else if (slow) action = t("saving");
  else if (isTooMuch) action = t("shift.left.most", { amount: rupiah(amount) });
  else if (draft.sent) action = t("shift.send_again");
  return (
    <Layout
      title={title}
      detail={detail}
      {...(draft.sent ? {} : { back: () => setCounted(false) })}
      foot={
        <>
          <ShiftProblem once={once} safe={t("shift.count_safe")} />
          <Button fullWidth disabled={!online || once.isRunning || isTooMuch} onClick={() => void act()}>
            {action}
          </Button>
        </>
      }
    >
      <Rest shift={shift} draft={draft} change={change} handsOver={handsOver} />
    </Layout>
  );
}

interface RestProps extends Props {
  draft: Draft;
  change: (change: Partial<Draft>) => void;
}

/** What else belongs to a close. Nothing of it must be filled in. */
function Rest({ shift, draft, change, handsOver }: RestProps) {
  const t = useText();
  const methodName = useMethodName();
  const { me } = useHere();
  const report = useReport(shift);
  const amount = counted(draft);
  const others = (report.data?.tenders ?? []).filter(({ method }) => method !== "cash");
  const setTender = (key: string, typed: number | null) => {
    const { [key]: _, ...rest } = draft.tenders;
    change({ tenders: typed === null ? rest : { ...rest, [key]: typed } });
  };
  return (
    <div className={classes.fields}>
      <Sum draft={draft} />
      <Unfinished />
      <AmountInput
        label={t("shift.left")}
        description={t(draft.left === null ? "shift.left.all" : "shift.left.rest", {
          amount: rupiah(Math.max(0, amount - (draft.left ?? 0))),
        })}
        placeholder={grouped(amount)}
        value={draft.left}
        maxLength={15}
        disabled={draft.sent}
        onChange={(left) => change({ left })}
      />
      {others.map((tender) => (
        <AmountInput
          key={tenderKey(tender)}
          label={tender.tender_name ?? methodName(tender.method)}
          description={t("shift.tender.hint")}
          value={draft.tenders[tenderKey(tender)] ?? null}
          maxLength={15}
          disabled={draft.sent}
          onChange={(typed) => setTender(tenderKey(tender), typed)}
        />
      ))}
      <Textarea
        label={t("note")}
        placeholder={t("shift.note.hint")}
        autosize
        minRows={2}
        maxLength={500}
        disabled={draft.sent}
        value={draft.note}
        onChange={(event) => change({ note: event.currentTarget.value })}
      />
      {handsOver && <p className={classes.lead}>{t("shift.hand_over.lead", { name: me.user.name })}</p>}
    </div>
  );
}

/** What is not settled yet. It hinders no close: it will count in the next shift. */
function Unfinished() {
  const t = useText();
  const go = useGo();
  const open = useOpenOrders().data?.length ?? 0;
  const unsent = usePart(waiting, (list) => list.length);
  if (open === 0 && unsent === 0) return null;
  return (
    <div className={classes.note}>
      <IconInfoCircle size={24} aria-hidden />
      <div>
        {unsent > 0 && <p>{t("shift.unsent", { count: unsent })}</p>}
        {open > 0 && <p>{t("shift.open_orders", { count: open })}</p>}
        {open > 0 && (
          <Button variant="default" onClick={() => go("/orders")}>
            {t("shift.open_orders.look")}
          </Button>
        )}
      </div>
    </div>
  );
}
