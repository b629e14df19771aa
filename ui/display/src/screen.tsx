import type { components } from "@shared/api/generated/outlet";
import { rupiah } from "@shared/money";
import { Qr } from "@shared/parts/qr";
import { useEffect, useRef } from "react";
import type { Followed } from "./follow";
import classes from "./screen.module.css";
import { useText } from "./text";

type View = components["schemas"]["DisplayView"];

/** What the guest sees. What may be over is not shown: a greeting is never wrong. */
export function Screen({ followed }: { followed: Followed }) {
  const t = useText();
  const { shown, isAway, isGone } = followed;
  const view = isAway || isGone ? null : (shown?.view ?? null);
  if (view === null || (view.change == null && (view.lines ?? []).length === 0 && view.qris == null)) {
    return (
      <main className={classes.greeting}>
        <h1 className="name">{shown?.outlet_name ?? t("welcome")}</h1>
        <p>{isGone ? t("gone") : isAway ? t("away") : shown?.outlet_name ? t("welcome") : ""}</p>
      </main>
    );
  }
  if (view.change != null) return <Thanks change={view.change} total={view.total ?? null} />;
  return (
    <main className={classes.sale} data-code={view.qris != null}>
      <Cart view={view} />
      {view.qris != null && (
        <section className={classes.code} aria-label="QRIS">
          <Qr text={view.qris.payload} label={t("code", { amount: rupiah(view.qris.amount) })} size={420} />
          <p className={classes.amount}>{rupiah(view.qris.amount)}</p>
          <p className="name">{view.qris.merchant}</p>
          {view.qris.nmid && <p className={classes.note}>{t("nmid", { nmid: view.qris.nmid })}</p>}
          <p className={classes.note}>{t("scan")}</p>
        </section>
      )}
    </main>
  );
}

function Thanks({ change, total }: { change: number; total: number | null }) {
  const t = useText();
  return (
    <main className={classes.greeting}>
      <h1>{t("thanks")}</h1>
      {change > 0 ? (
        <p className={classes.change}>
          <span>{t("change")}</span>
          <b data-testid="change-due">{rupiah(change)}</b>
        </p>
      ) : (
        total !== null && <p>{t("paid", { amount: rupiah(total) })}</p>
      )}
    </main>
  );
}

function Cart({ view }: { view: View }) {
  const t = useText();
  const list = useRef<HTMLUListElement>(null);
  const lines = view.lines ?? [];
  // The largest figure is what the guest pays now.
  const rest = view.due != null && view.due !== view.total ? view.due : null;
  // The latest line is the one that is being talked about.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each view may have another last line.
  useEffect(() => {
    list.current?.lastElementChild?.scrollIntoView({ block: "end" });
  }, [view]);
  return (
    <section className={classes.cart} aria-label={t("cart")}>
      <ul ref={list} className={classes.lines}>
        {lines.map((line, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its place
          <li key={at}>
            <span className={classes.qty}>{line.qty}</span>
            <span className={classes.words}>
              <span className="name">{line.name}</span>
              {line.detail && <small className="name">{line.detail}</small>}
            </span>
            <span className="figures">{rupiah(line.amount)}</span>
          </li>
        ))}
      </ul>
      <dl className={classes.totals}>
        {Boolean(view.discount) && (
          <div>
            <dt>{t("discount")}</dt>
            <dd>{rupiah(-(view.discount ?? 0))}</dd>
          </div>
        )}
        {Boolean(view.charges) && (
          <div>
            <dt>{t("charges")}</dt>
            <dd>{rupiah(view.charges ?? 0)}</dd>
          </div>
        )}
        <div className={rest === null ? classes.total : undefined}>
          <dt>{t("total")}</dt>
          <dd>{view.total == null ? "…" : rupiah(view.total)}</dd>
        </div>
        {rest !== null && (
          <div className={classes.total}>
            <dt>{t("due")}</dt>
            <dd>{rupiah(rest)}</dd>
          </div>
        )}
      </dl>
    </section>
  );
}
