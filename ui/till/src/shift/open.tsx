import { Button } from "@mantine/core";
import { rupiah } from "@shared/money";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { useTime } from "@shared/time";
import { IconCashRegister, IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import { v7 } from "uuid";
import { useOnline } from "../api/reach";
import { useHere } from "../me";
import { useSince } from "../parts/hooks";
import { useGo } from "../parts/layers";
import { useText } from "../text";
import { type Drawer, openShift, type Shift, useDrawers, useOnce, useOpenShifts } from "./api";
import { Count, Sum } from "./count";
import { counted, openingOf } from "./draft";
import { Layout } from "./layout";
import classes from "./page.module.css";
import { useName } from "./people";
import { ShiftProblem } from "./problem";
import { forgetRequired } from "./required";
import { useDraft } from "./stored-draft";

/** No shift is open here: choose the drawer, count it, open. `back`: where to go afterwards. */
export function OpenShift({ back }: { back: string | null }) {
  const t = useText();
  const go = useGo();
  const { device } = useHere();
  const drawers = useDrawers();
  const open = useOpenShifts();
  const [chosen, setChosen] = useState<string | null>(null);
  const leave = back === null ? undefined : { back: () => go(back) };
  if (drawers.data === undefined || open.data === undefined) {
    const error = drawers.error ?? open.error;
    const retry = () => {
      void drawers.refetch();
      void open.refetch();
    };
    return (
      <Layout title={t("shift.open")} {...leave}>
        {error !== null && <ErrorNote error={error} retry={retry} />}
      </Layout>
    );
  }
  if (drawers.data.length === 0) {
    return (
      <Layout title={t("shift.open")} {...leave}>
        <Empty title={t("shift.no_drawer")} icon={<IconCashRegister size={40} stroke={1.5} aria-hidden />}>
          {t("shift.no_drawer.next")}
        </Empty>
      </Layout>
    );
  }
  const only = drawers.data.length === 1 ? drawers.data[0]?.id : undefined;
  const drawer = drawers.data.find(({ id }) => id === (chosen ?? device?.drawer_id ?? only));
  const busy = open.data.find((shift) => shift.drawer_id === drawer?.id);
  if (drawer === undefined || busy !== undefined) {
    return (
      <Layout title={t("shift.which_drawer")} {...leave}>
        <Drawers drawers={drawers.data} open={open.data} choose={setChosen} />
      </Layout>
    );
  }
  return (
    <CountDrawer
      key={drawer.id}
      drawer={drawer}
      {...(chosen !== null ? { back: () => setChosen(null) } : leave)}
      done={() => go(back ?? "/shift", true)}
    />
  );
}

interface DrawersProps {
  drawers: Drawer[];
  open: Shift[];
  choose: (id: string) => void;
}

function Drawers({ drawers, open, choose }: DrawersProps) {
  const t = useText();
  const time = useTime();
  const go = useGo();
  const nameOf = useName();
  return (
    <div className={classes.fields}>
      <ul className={classes.list}>
        {drawers.map((drawer) => {
          const shift = open.find(({ drawer_id }) => drawer_id === drawer.id);
          const by = nameOf(shift?.opened_by);
          return (
            <li key={drawer.id}>
              <button
                type="button"
                className={classes.row}
                onClick={() => (shift === undefined ? choose(drawer.id) : go(`/shift/${shift.id}`))}
              >
                <span>
                  <span className={`${classes.title} name`}>{drawer.name}</span>
                  <span className={classes.detail}>
                    {shift === undefined
                      ? t("shift.drawer.free")
                      : t(by === null ? "shift.drawer.taken" : "shift.drawer.taken_by", {
                          number: shift.shift_number,
                          name: by ?? "",
                          time: time.clock(shift.opened_at),
                        })}
                  </span>
                </span>
                <IconChevronRight size={24} aria-hidden />
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function CountDrawer({ drawer, back, done }: { drawer: Drawer; back?: () => void; done: () => void }) {
  const t = useText();
  const online = useOnline();
  const { draft, change, forget } = useDraft(`open:${drawer.id}`);
  const once = useOnce({ key: () => draft.key, renew: () => change({ key: v7(), sent: false }) });
  const slow = useSince(once.isRunning, 400);
  const amount = counted(draft);
  const act = async () => {
    if (!online || once.isRunning) return;
    change({ sent: true });
    const send = (key: string) => openShift({ drawer_id: drawer.id, opening: openingOf(draft) }, key);
    if ((await once.run(send, (shift) => [shift])) === null) return;
    forget();
    forgetRequired();
    done();
  };
  return (
    <Layout
      title={t("shift.open.title", { drawer: drawer.name })}
      detail={t("shift.open.lead")}
      {...(back === undefined ? {} : { back })}
      fits
      foot={
        <>
          <ShiftProblem once={once} safe={t("shift.count_safe")} />
          <Sum draft={draft} />
          <Button fullWidth disabled={!online || once.isRunning} onClick={() => void act()}>
            {!online ? t("away") : slow ? t("saving") : t("shift.open.action", { amount: rupiah(amount) })}
          </Button>
        </>
      }
    >
      <Count draft={draft} change={change} locked={draft.sent} enter={() => void act()} />
    </Layout>
  );
}
