import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import type { components } from "../api/generated/outlet";
import { grouped, rupiah } from "../money";
import { type Count, countsOf } from "../shift";
import { useText, useWord } from "../text/provider";
import type { useTime } from "../time";
import { DifferenceBadge, useDifferenceText } from "./difference";
import { Figure, Figures } from "./figures";
import { Money } from "./money";
import { Card } from "./page-head";
import classes from "./shift-detail.module.css";
import { type ShiftFigures, ShiftReport } from "./shift-figures";

export type Shift = components["schemas"]["Shift"];

interface Words {
  /** The name of a person by id; null: unknown. */
  nameOf: (id: string | null | undefined) => string | null;
  methodName: (method: string) => string;
  time: ReturnType<typeof useTime>;
}

interface Props extends Words {
  shift: Shift;
  /** X of an open shift; a closed one has its own. */
  figures: ShiftFigures | null;
}

/** A shift for those who compare: how far the count is off, Z, what was moved, and what was counted. */
export function ShiftDetail({ shift, figures, ...words }: Props) {
  const t = useText();
  const difference = useDifferenceText();
  const recount = countsOf(shift.counts).findLast(({ kind }) => kind === "recount");
  const { expected, counted } = shift;
  const left = shift.left_in_drawer ?? counted;
  const others = shift.tenders.filter(({ method }) => method !== "cash");
  const shown = shift.report ?? figures;
  const opening = shift.opening_expected == null ? null : difference(shift.opening_expected, shift.opening_counted);
  return (
    <Stack gap="md">
      <Figures>
        {counted != null && (
          <Figure
            label={t("figures.difference")}
            value={difference(expected, counted)}
            {...(expected !== counted && { tone: "wait" as const })}
            note={
              recount &&
              t("figures.recounted", {
                amount: rupiah(recount.sum),
                difference: difference(expected, recount.sum) ?? "",
              })
            }
          />
        )}
        {expected != null && <Figure label={t("figures.expected")} value={<Money amount={expected} />} />}
        {counted != null && <Figure label={t("figures.counted")} value={<Money amount={counted} />} />}
        {left != null && <Figure label={t("figures.left")} value={<Money amount={left} />} />}
        <Figure
          label={t("figures.opening")}
          value={<Money amount={shift.opening_counted} />}
          note={opening !== null && t("figures.opening.against", { difference: opening })}
        />
      </Figures>
      <div className={classes.columns}>
        <Part title={t(shift.report == null ? "figures.x" : "figures.z")}>
          {shown != null && <ShiftReport figures={shown} methodName={words.methodName} />}
        </Part>
        <Stack gap="md">
          {shift.note && (
            <Part title={t("figures.note")}>
              <Text className="name">{shift.note}</Text>
            </Part>
          )}
          {others.length > 0 && (
            <Part title={t("figures.tenders.compared")}>
              <Tenders tenders={others} methodName={words.methodName} />
            </Part>
          )}
          <Part title={t("figures.movements")}>
            <Movements movements={shift.movements} {...words} />
          </Part>
          <Part title={t("figures.counts")}>
            <Counts counts={countsOf(shift.counts)} {...words} />
          </Part>
        </Stack>
      </div>
    </Stack>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card>
      <Title order={2} size="h3" mb="sm">
        {title}
      </Title>
      {children}
    </Card>
  );
}

function Tenders({ tenders, methodName }: Pick<Words, "methodName"> & { tenders: Shift["tenders"] }) {
  const t = useText();
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <td />
          <th scope="col" className={classes.figure}>
            {t("figures.recorded")}
          </th>
          <th scope="col" className={classes.figure}>
            {t("figures.counted")}
          </th>
        </tr>
      </thead>
      <tbody>
        {tenders.map(({ id, method, tender_name, expected, counted }) => (
          <tr key={id}>
            <th scope="row">{tender_name ?? methodName(method)}</th>
            <td className={classes.figure}>
              <Money amount={expected} />
            </td>
            <td className={classes.figure}>
              {counted == null ? (
                "–"
              ) : (
                <>
                  <Money amount={counted} />
                  <div>
                    <DifferenceBadge expected={expected} counted={counted} />
                  </div>
                </>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Movements({ movements, nameOf, time }: Omit<Words, "methodName"> & { movements: Shift["movements"] }) {
  const t = useText();
  const word = useWord();
  if (movements.length === 0) return <Text c="dimmed">{t("figures.movements.none")}</Text>;
  return (
    <ul className={classes.rows}>
      {movements.map((movement) => {
        const approver = nameOf(movement.approved_by);
        return (
          <li key={movement.id}>
            <div className={classes.rowWords}>
              <span>{word(`movement.${movement.kind}`)}</span>
              {movement.reason && <small className="name">{movement.reason}</small>}
              <small>{[time.clock(movement.created_at), nameOf(movement.made_by)].filter(Boolean).join(" · ")}</small>
              {approver !== null && <small>{t("figures.approved_by", { name: approver })}</small>}
            </div>
            <Money amount={movement.kind === "in" ? movement.amount : -movement.amount} />
          </li>
        );
      })}
    </ul>
  );
}

function Counts({ counts, ...words }: Omit<Words, "methodName"> & { counts: Count[] }) {
  return (
    <div className={classes.counts}>
      {counts.map((count) => (
        <OneCount key={`${count.at} ${count.kind}`} count={count} {...words} />
      ))}
    </div>
  );
}

function OneCount({ count, nameOf, time }: Omit<Words, "methodName"> & { count: Count }) {
  const t = useText();
  const word = useWord();
  const approver = nameOf(count.approvedBy);
  return (
    <section>
      <div className={classes.countHead}>
        <div className={classes.countWords}>
          <h3>{word(`count.${count.kind as "open"}`)}</h3>
          <small>{[time.moment(count.at), nameOf(count.by)].filter(Boolean).join(" · ")}</small>
          {count.reason && <small className="name">{count.reason}</small>}
          {approver !== null && <small>{t("figures.approved_by", { name: approver })}</small>}
        </div>
        <span className={classes.figure}>
          <Money amount={count.sum} />
        </span>
      </div>
      {count.pieces.length > 0 && (
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col" className={classes.figure}>
                {t("figures.denomination")}
              </th>
              <th scope="col" className={classes.figure}>
                {t("figures.pieces")}
              </th>
              <th scope="col" className={classes.figure}>
                {t("figures.amount")}
              </th>
            </tr>
          </thead>
          <tbody>
            {count.pieces.map(({ denomination, pieces }) => (
              <tr key={denomination}>
                <td className={classes.figure}>{grouped(denomination)}</td>
                <td className={classes.figure}>{grouped(pieces)}</td>
                <td className={classes.figure}>{grouped(denomination * pieces)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
