import { Button } from "@mantine/core";
import { rupiah } from "@shared/money";
import { quantityText } from "@shared/quantity";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { type Changes, splitOrder } from "../api/commands";
import type { Order } from "../api/orders";
import { Act, Changed, Problem } from "../parts/act";
import { useGo } from "../parts/layers";
import { Sheet } from "../parts/sheet";
import { amountOf, type Bill, partsOf, put, refusal, rest, take } from "../state/bills";
import { useText } from "../text";
import classes from "./bill-sheet.module.css";
import { shortNumber } from "./number";
import { PieceRow } from "./piece-row";

/** Most new bills of one split; the server takes more, a screen does not. */
const MOST = 5;

interface Props {
  order: Order;
  changes: Changes;
  close: () => void;
}

/** Splits an order by line. The server says what each bill comes to: together exactly what the order did. */
export function BillSheet({ order, changes, close }: Props) {
  const [bills, setBills] = useState<Order[] | null>(null);
  return bills === null ? (
    <Splitting order={order} changes={changes} close={close} done={setBills} />
  ) : (
    <Bills bills={bills} close={close} />
  );
}

function Splitting({ order, changes, close, done }: Props & { done: (bills: Order[]) => void }) {
  const t = useText();
  const [bills, setBills] = useState<Bill[]>([{}]);
  const [at, setAt] = useState(0);
  const [version] = useState(order.version);
  const lines = order.lines.filter((line) => !line.voided_at);
  const refused = refusal(lines, bills);
  const subtotal = (bill: Bill) => lines.reduce((sum, line) => sum + amountOf(line, bill[line.id] ?? 0), 0);
  const stays = lines.reduce((sum, line) => sum + amountOf(line, rest(line, bills)), 0);
  const act = async () => {
    const orders = await changes.run(splitOrder(partsOf(lines, bills)));
    if (orders !== null) done(orders);
  };
  const add = () => {
    setBills([...bills, {}]);
    setAt(bills.length);
  };
  return (
    <Sheet
      opened
      close={close}
      title={t("bill.split")}
      wide
      foot={
        <Act changes={changes} act={() => void act()} missing={refused === null ? null : t(`bill.refused.${refused}`)}>
          {t("bill.act", { count: bills.length + 1 })}
        </Act>
      }
    >
      {order.version !== version && <Changed>{t("order.changed")}</Changed>}
      {order.version === version && <Problem error={changes.error} safe={t("order.safe")} />}
      <fieldset className={classes.tabs} aria-label={t("bill.new")}>
        {bills.map((bill, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a new bill is known by its place
          <button key={index} type="button" aria-pressed={index === at} onClick={() => setAt(index)}>
            <span>{t("bill", { number: index + 2 })}</span>
            <small className="money">{rupiah(subtotal(bill))}</small>
          </button>
        ))}
        {bills.length < MOST && (
          <button type="button" aria-label={t("bill.add")} title={t("bill.add")} onClick={add}>
            <IconPlus size={22} aria-hidden />
          </button>
        )}
      </fieldset>
      <p className={classes.hint}>{t("bill.hint", { number: at + 2 })}</p>
      <ul className={classes.lines}>
        {lines.map((line) => (
          <PieceRow
            key={line.id}
            line={line}
            chosen={bills[at]?.[line.id] ?? 0}
            hasMore={rest(line, bills) > 0}
            note={t("bill.left", {
              left: quantityText({ ...line, qty: rest(line, bills) }),
              all: quantityText(line),
            })}
            more={() => setBills(put(bills, at, line))}
            fewer={() => setBills(take(bills, at, line))}
          />
        ))}
      </ul>
      <dl className={classes.stays}>
        <dt>{t("bill.stays")}</dt>
        <dd className="money">{rupiah(stays)}</dd>
      </dl>
      <p className={classes.hint}>{t("bill.before_charges")}</p>
    </Sheet>
  );
}

/** The bills after the split, each with the way to pay it. */
function Bills({ bills, close }: { bills: Order[]; close: () => void }) {
  const t = useText();
  const go = useGo();
  return (
    <Sheet
      opened
      close={close}
      title={t("bill.done")}
      foot={
        <Button size="lg" fullWidth onClick={close}>
          {t("ready")}
        </Button>
      }
    >
      <ul className={classes.bills}>
        {bills.map((bill, index) => (
          <li key={bill.id}>
            <span className={classes.words}>
              <span>{t("bill", { number: index + 1 })}</span>
              <small>{shortNumber(bill.order_number)}</small>
            </span>
            <strong className="money">{rupiah(bill.total)}</strong>
            <Button variant="light" onClick={() => go(`/orders/${bill.id}/pay`)}>
              {t("pay")}
            </Button>
          </li>
        ))}
      </ul>
      <dl className={classes.stays}>
        <dt>{t("bill.together")}</dt>
        <dd className="money">{rupiah(bills.reduce((sum, { total }) => sum + total, 0))}</dd>
      </dl>
    </Sheet>
  );
}
