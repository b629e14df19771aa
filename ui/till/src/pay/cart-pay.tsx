import { Button } from "@mantine/core";
import { ErrorNote } from "@shared/parts/error-note";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { sendCart } from "../api/sale";
import { useSince, useWide } from "../parts/hooks";
import { useScans } from "../parts/keys";
import { useGo } from "../parts/layers";
import { CartLines } from "../sell/cart-lines";
import { CartTotals } from "../sell/cart-totals";
import { PriceSheet } from "../sell/price-sheet";
import { QuestionSheet } from "../sell/question-sheet";
import { Remarks } from "../sell/remarks";
import { askingPrices, useSale } from "../sell/sale";
import { useSaleCatalog } from "../sell/sale-catalog";
import { scan } from "../sell/selling";
import { changedTotal, TotalChangedSheet } from "../sell/total-changed";
import { Waiting } from "../sell/waiting";
import { PayProblem } from "../shift/required";
import { isEmpty } from "../state/cart";
import { carts } from "../state/carts";
import { plan, type Tender } from "../state/tender";
import { useText } from "../text";
import { PayView } from "./pay-view";
import { useRounding } from "./rounding";
import classes from "./summary.module.css";

/** Takes the money for the cart. The order and all its payments become one command. */
export function CartPayPage() {
  const t = useText();
  const go = useGo();
  const queries = useQueryClient();
  const sale = useSale();
  const catalog = useSaleCatalog(sale.cart);
  const rounding = useRounding();
  const wide = useWide();
  const { cart, totals } = sale;
  // The money for an open order is taken at the order.
  const empty = isEmpty(cart) || cart.target !== null;
  useEffect(() => {
    if (empty) go("/", true);
  }, [empty, go]);
  useScans((code) => scan(catalog.data, code, sale.isWaiting));

  const { quote } = totals;
  const known = quote !== null && sale.changed.size === 0;
  const taken = known ? plan(quote.total, cart.tenders, rounding) : null;
  const setTenders = (tenders: Tender[]) => carts.update((all) => ({ ...all, current: { ...all.current, tenders } }));
  const take = (tender: Tender) => {
    if (quote === null) return;
    const tenders = [...cart.tenders, tender];
    if (!plan(quote.total, tenders, rounding).settled) setTenders(tenders);
    else void sendCart({ ...cart, tenders }, quote.total, queries);
  };
  const shownFailure = sale.failure !== undefined && changedTotal(sale.failure) === null ? sale.failure : undefined;
  const isWaiting = sale.isWaiting && !sale.isSending;
  const long = useSince(sale.isSending, 2_000);

  let blocked = null;
  if (isWaiting || (sale.isWaiting && long)) blocked = <Waiting sale={sale} />;
  else if (!sale.online) blocked = <p className={classes.words}>{t("away.pay")}</p>;
  else if (sale.changed.size > 0) {
    blocked = (
      <div className={classes.words}>
        <p>{t("prices.text")}</p>
        <Button size="lg" fullWidth onClick={() => askingPrices.set(true)}>
          {t("prices.look")}
        </Button>
      </div>
    );
  }
  return (
    <>
      <PayView
        title={t("pay")}
        channel={cart.channel}
        back={() => go("/")}
        plan={taken}
        rounding={rounding}
        take={take}
        untake={(at) => setTenders(cart.tenders.filter((_, index) => index !== at))}
        isSending={sale.isSending}
        blocked={blocked}
        problem={
          <>
            {!wide && <Remarks inline />}
            {totals.error !== null && <ErrorNote error={totals.error} safe={t("cart.safe")} />}
            {totals.error === null && shownFailure !== undefined && !sale.isWaiting && (
              <PayProblem error={shownFailure} back="/pay" />
            )}
          </>
        }
        summary={
          <>
            <CartLines cart={cart} changed={sale.changed} disabled={sale.isWaiting} />
            {wide && <Remarks />}
            <div className={classes.totals}>
              <CartTotals sale={sale} />
            </div>
          </>
        }
      />
      <QuestionSheet catalog={catalog.data} />
      <PriceSheet sale={sale} />
      <TotalChangedSheet sale={sale} />
    </>
  );
}
