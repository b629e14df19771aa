import { Button } from "@mantine/core";
import { rupiah } from "@shared/money";
import { DifferenceBadge, useDifferenceText } from "@shared/parts/difference";
import { Money } from "@shared/parts/money";
import { ShiftReport, Sum, Sums } from "@shared/parts/shift-figures";
import { countsOf, difference } from "@shared/shift";
import { useTime } from "@shared/time";
import { IconCircleCheck, IconCircleMinus, IconCirclePlus } from "@tabler/icons-react";
import { useGo } from "../parts/layers";
import { PrintShift } from "../print/shift-button";
import { useText } from "../text";
import { type Shift, useCurrentShift } from "./api";
import classes from "./closed.module.css";
import { Layout } from "./layout";
import { useMethodName } from "./method";
import page from "./page.module.css";
import { useName } from "./people";
import { Movements } from "./running";

const ICONS = { exact: IconCircleCheck, short: IconCircleMinus, over: IconCirclePlus };

/** A closed shift: how far the count is off in plain words, then Z. */
export function ClosedShift({ shift }: { shift: Shift }) {
  const t = useText();
  const methodName = useMethodName();
  const time = useTime();
  const go = useGo();
  const nameOf = useName();
  const current = useCurrentShift();
  const by = nameOf(shift.closed_by);
  const at = shift.closed_at ?? shift.opened_at;
  const next = current.data;
  const others = shift.tenders.filter(({ method }) => method !== "cash");
  const left = shift.left_in_drawer ?? shift.counted ?? 0;
  return (
    <Layout
      title={t("shift.title", { number: shift.shift_number, drawer: shift.drawer_name })}
      detail={t(by === null ? "shift.closed_at" : "shift.closed_by", { time: time.moment(at), name: by ?? "" })}
      foot={
        next === null ? (
          <Button onClick={() => go("/shift")}>{t("shift.open")}</Button>
        ) : (
          <Button onClick={() => go("/")}>{t("shift.sell")}</Button>
        )
      }
    >
      <div className={page.content} data-columns>
        <div data-whole>
          <Answer shift={shift} />
          {next != null && next.drawer_id === shift.drawer_id && (
            <p className={classes.next}>{t("shift.next_open", { number: next.shift_number })}</p>
          )}
        </div>
        <div className={classes.column}>
          <Sums title={t("shift.drawer")}>
            <Sum label={t("figures.expected")} amount={shift.expected ?? 0} />
            <Sum label={t("figures.counted")} amount={shift.counted ?? 0} />
            <Sum label={t("figures.left")} amount={left} total />
            <Sum label={t("figures.taken")} amount={(shift.counted ?? 0) - left} optional />
          </Sums>
          {others.length > 0 && (
            <Sums title={t("shift.tenders")}>
              {others.map(({ id, method, tender_name, expected, counted }) => (
                <div key={id}>
                  <dt>
                    {tender_name ?? methodName(method)}
                    <small>
                      {counted == null
                        ? t("shift.tender.uncounted")
                        : t("shift.tender.counted", { amount: rupiah(counted) })}
                    </small>
                  </dt>
                  <dd className={classes.tender}>
                    <Money amount={expected} />
                    {counted != null && <DifferenceBadge expected={expected} counted={counted} />}
                  </dd>
                </div>
              ))}
            </Sums>
          )}
          {shift.note && (
            <section>
              <h2>{t("note")}</h2>
              <p className={`${classes.note} name`}>{shift.note}</p>
            </section>
          )}
          {shift.movements.length > 0 && (
            <section>
              <h2>{t("shift.movements")}</h2>
              <Movements shift={shift} />
            </section>
          )}
        </div>
        <section className={page.panel}>
          <h2>{t("shift.z")}</h2>
          {shift.report != null && <ShiftReport figures={shift.report} methodName={methodName} />}
          <PrintShift shift={shift} />
        </section>
      </div>
    </Layout>
  );
}

/** The difference; after a recount that of the last one, too. */
function Answer({ shift }: { shift: Shift }) {
  const t = useText();
  const text = useDifferenceText();
  const found = difference(shift.expected, shift.counted);
  const recount = countsOf(shift.counts).findLast(({ kind }) => kind === "recount");
  if (found === null) return null;
  const Icon = ICONS[found.word];
  return (
    <section className={classes.answer} data-word={found.word} aria-label={t("shift.difference")}>
      <Icon size={40} aria-hidden />
      <div>
        <p className={classes.words}>{text(shift.expected, shift.counted)}</p>
        <p>{t(`shift.difference.${found.word}`)}</p>
        {recount !== undefined && (
          <p>
            {t("shift.recounted", {
              amount: rupiah(recount.sum),
              difference: text(shift.expected, recount.sum) ?? "",
            })}
          </p>
        )}
      </div>
    </section>
  );
}
