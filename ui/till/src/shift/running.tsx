import { Button } from "@mantine/core";
import { rupiah } from "@shared/money";
import { ErrorNote } from "@shared/parts/error-note";
import { Facts } from "@shared/parts/facts";
import { Money } from "@shared/parts/money";
import { ShiftReport } from "@shared/parts/shift-figures";
import { useTime } from "@shared/time";
import { IconBuildingBank, IconCashMinus, IconCashPlus, IconLockOpen } from "@tabler/icons-react";
import { useState } from "react";
import { useOnline } from "../api/reach";
import { useApproves } from "../me";
import { useGo } from "../parts/layers";
import { Sheet } from "../parts/sheet";
import { PrintMovement, PrintShift } from "../print/shift-button";
import { useText, useWord } from "../text";
import { type Movement, type MovementKind, type Shift, useReport } from "./api";
import { DrawerSheet } from "./drawer-sheet";
import { Layout } from "./layout";
import { useMethodName } from "./method";
import { MovementSheet } from "./movement-sheet";
import classes from "./page.module.css";
import { useName } from "./people";

const KINDS = [
  { kind: "in", icon: IconCashPlus },
  { kind: "out", icon: IconCashMinus },
  { kind: "drop", icon: IconBuildingBank },
] as const;

/** An open shift: what was put in and taken out, the figures so far, hand over and close. */
export function RunningShift({ shift }: { shift: Shift }) {
  const t = useText();
  const time = useTime();
  const go = useGo();
  const online = useOnline();
  const nameOf = useName();
  const [moving, setMoving] = useState<MovementKind | null>(null);
  const [opening, setOpening] = useState(false);
  const by = nameOf(shift.opened_by);
  return (
    <Layout
      title={t("shift.title", { number: shift.shift_number, drawer: shift.drawer_name })}
      detail={t(by === null ? "shift.since" : "shift.since_by", { time: time.moment(shift.opened_at), name: by ?? "" })}
      foot={
        <>
          <Button variant="default" disabled={!online} onClick={() => go(`/shift/${shift.id}/handover`)}>
            {t("shift.hand_over")}
          </Button>
          <Button disabled={!online} onClick={() => go(`/shift/${shift.id}/close`)}>
            {t("shift.close")}
          </Button>
        </>
      }
    >
      <div className={classes.content} data-columns>
        <section>
          <h2>{t("shift.movements")}</h2>
          <div className={classes.moves}>
            {KINDS.map(({ kind, icon: Icon }) => (
              <button key={kind} type="button" disabled={!online} onClick={() => setMoving(kind)}>
                <Icon size={28} aria-hidden />
                {t(`movement.${kind}`)}
              </button>
            ))}
          </div>
          <Button
            variant="default"
            fullWidth
            mb={16}
            leftSection={<IconLockOpen size={22} aria-hidden />}
            disabled={!online}
            onClick={() => setOpening(true)}
          >
            {t("drawer.open")}
          </Button>
          <Movements shift={shift} />
        </section>
        <Figures shift={shift} />
      </div>
      {opening && <DrawerSheet close={() => setOpening(false)} />}
      {moving !== null && <MovementSheet shift={shift} kind={moving} close={() => setMoving(null)} />}
    </Layout>
  );
}

/** What was put in and taken out, the latest first. */
export function Movements({ shift }: { shift: Shift }) {
  const t = useText();
  const [chosen, choose] = useState<string | null>(null);
  const word = useWord();
  const time = useTime();
  const nameOf = useName();
  const movement = shift.movements.find(({ id }) => id === chosen);
  if (shift.movements.length === 0) return <p className={classes.empty}>{t("shift.movements.none")}</p>;
  return (
    <>
      <ul className={classes.list}>
        {[...shift.movements].reverse().map((movement) => {
          const approver = nameOf(movement.approved_by);
          const about = [time.clock(movement.created_at), nameOf(movement.made_by)].filter(Boolean).join(" · ");
          return (
            <li key={movement.id}>
              <button type="button" className={classes.row} onClick={() => choose(movement.id)}>
                <span>
                  <span className={classes.title}>{word(`movement.${movement.kind}`)}</span>
                  {movement.reason && <span className={`${classes.detail} name`}>{movement.reason}</span>}
                  <span className={classes.detail}>{about}</span>
                  {approver !== null && (
                    <span className={classes.detail}>{t("shift.approved_by", { name: approver })}</span>
                  )}
                </span>
                <Money amount={signed(movement)} />
              </button>
            </li>
          );
        })}
      </ul>
      {movement !== undefined && <MovedSheet shift={shift} movement={movement} close={() => choose(null)} />}
    </>
  );
}

const signed = ({ kind, amount }: Movement) => (kind === "in" ? amount : -amount);

interface MovedProps {
  shift: Shift;
  movement: Movement;
  close: () => void;
}

/** One movement, and its slip for the drawer. */
function MovedSheet({ shift, movement, close }: MovedProps) {
  const t = useText();
  const word = useWord();
  const time = useTime();
  const nameOf = useName();
  const facts = [
    [t("at"), time.moment(movement.created_at)],
    [t("grant.reason"), movement.reason],
    [t("given_by"), nameOf(movement.made_by)],
    [t("approved_by"), nameOf(movement.approved_by)],
  ].flatMap(([label, value]) => (label && value ? [[label, value] as const] : []));
  return (
    <Sheet opened close={close} title={`${word(`movement.${movement.kind}`)} · ${rupiah(movement.amount)}`}>
      <Facts facts={facts} />
      <PrintMovement shift={shift} movement={movement} />
    </Sheet>
  );
}

/** The figures so far. Who counts the drawer does not see its cash before. */
function Figures({ shift }: { shift: Shift }) {
  const t = useText();
  const methodName = useMethodName();
  const report = useReport(shift);
  const approves = useApproves();
  return (
    <section className={classes.panel}>
      <h2>{t("shift.x")}</h2>
      {!approves && <p className={classes.lead}>{t("shift.blind")}</p>}
      {report.data === undefined && report.error !== null && (
        <ErrorNote error={report.error} retry={() => void report.refetch()} />
      )}
      {report.data !== undefined && <ShiftReport figures={report.data} methodName={methodName} />}
      <PrintShift shift={shift} />
    </section>
  );
}
