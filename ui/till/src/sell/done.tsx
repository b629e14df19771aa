import { Button } from "@mantine/core";
import { rupiah } from "@shared/money";
import { IconCircleCheck, IconClipboardCheck } from "@tabler/icons-react";
import { type CSSProperties, Suspense, useState } from "react";
import { useGo } from "../parts/layers";
import { useMeansName } from "../pay/means-name";
import { PrintSheet } from "../print/lazy";
import type { Done } from "../state/carts";
import { useText } from "../text";
import classes from "./done.module.css";
import { Remarks } from "./remarks";

/** The sale is recorded. It stays until the next tap; any product begins the next sale. */
export function DonePanel({ done, next }: { done: Done; next: () => void }) {
  const t = useText();
  const nameOf = useMeansName();
  const go = useGo();
  const paid = done.status === "paid";
  const [prints, setPrints] = useState(false);
  const cash = done.tendered.some(({ method }) => method === "cash");
  return (
    <section className={classes.done} aria-label={paid ? t("done.paid") : t("done.open")}>
      <div className={classes.main}>
        <p className={classes.state} data-paid={paid}>
          {paid ? <IconCircleCheck size={28} aria-hidden /> : <IconClipboardCheck size={28} aria-hidden />}
          {paid ? t("done.paid") : t("done.open")}
        </p>
        <p className={classes.number}>
          {done.number}
          {done.table !== null && ` · ${t("table.named", { name: done.table })}`}
        </p>
        {done.table === null && done.queue != null && (
          <p className={classes.queue} role="status">
            <span>{t("queue")}</span> <strong>{done.queue}</strong>
          </p>
        )}
        {done.repeated && <p className={classes.repeated}>{t("done.repeated")}</p>}
        {cash ? (
          <div className={classes.change} role="status">
            <span>{t("change")}</span>
            <Figure amount={done.change} />
          </div>
        ) : (
          <div className={classes.change}>
            <span>{t("total")}</span>
            <Figure amount={done.total} />
          </div>
        )}
        <dl className={classes.figures} hidden={done.tendered.length === 0}>
          {cash && (
            <div>
              <dt>{t("total")}</dt>
              <dd>{rupiah(done.total)}</dd>
            </div>
          )}
          {done.tendered.map(({ id, amount, ...paid }) => (
            <div key={id}>
              <dt className="name">{nameOf(paid)}</dt>
              <dd>{rupiah(amount)}</dd>
            </div>
          ))}
          {done.rounding !== 0 && (
            <div>
              <dt>{t("total.rounding")}</dt>
              <dd>{rupiah(done.rounding)}</dd>
            </div>
          )}
        </dl>
      </div>
      <Remarks />
      <div className={classes.actions}>
        <Button variant="default" size="lg" onClick={() => setPrints(true)}>
          {t("receipt")}
        </Button>
        <Button variant="default" size="lg" onClick={() => go(`/orders/${done.orderId}`)}>
          {t("done.look")}
        </Button>
        <Button className={classes.next ?? ""} onClick={next}>
          {t("done.next")}
        </Button>
      </div>
      {prints && (
        <Suspense>
          <PrintSheet orderId={done.orderId} paid={paid} close={() => setPrints(false)} />
        </Suspense>
      )}
    </section>
  );
}

/** An amount as large as its column allows. */
function Figure({ amount }: { amount: number }) {
  const text = rupiah(amount);
  return <strong style={{ "--length": text.length } as CSSProperties}>{text}</strong>;
}
