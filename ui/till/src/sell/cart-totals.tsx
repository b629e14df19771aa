import { rupiah } from "@shared/money";
import { linesTotal } from "../state/cart";
import { useText } from "../text";
import classes from "./cart-totals.module.css";
import type { Sale } from "./sale";

/** Service, taxes and total as the server calculates them. */
export function CartTotals({ sale }: { sale: Sale }) {
  const t = useText();
  const { quote, shown, counting } = sale.totals;
  return (
    <dl className={classes.totals}>
      <div>
        <dt>{t("total.lines")}</dt>
        <dd>{rupiah(quote?.subtotal ?? linesTotal(sale.cart))}</dd>
      </div>
      {quote !== null && quote.discount > 0 && (
        <div>
          <dt>{t("total.discount")}</dt>
          <dd>{rupiah(-quote.discount)}</dd>
        </div>
      )}
      {quote?.charges
        .filter((charge) => charge.amount !== 0)
        .map((charge) => (
          <div key={charge.name}>
            <dt className="name">{charge.inclusive ? t("total.included", { name: charge.name }) : charge.name}</dt>
            <dd>{rupiah(charge.amount)}</dd>
          </div>
        ))}
      <div className={classes.total}>
        <dt>{t("total")}</dt>
        <dd aria-busy={quote === null}>
          {counting && <span className={classes.counting}>{t("counting")}</span>}
          {rupiah(shown)}
        </dd>
      </div>
      {sale.cart.tenders.length > 0 && (
        <div>
          <dt>{t("pay.taken")}</dt>
          <dd>{rupiah(sale.cart.tenders.reduce((sum, { amount }) => sum + amount, 0))}</dd>
        </div>
      )}
      {!sale.online && quote === null && <p className={classes.estimate}>{t("total.estimate")}</p>}
    </dl>
  );
}
