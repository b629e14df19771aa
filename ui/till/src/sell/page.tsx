import { useCallback, useEffect, useRef, useState } from "react";
import { useWide } from "../parts/hooks";
import { useKeys, useScans } from "../parts/keys";
import { useCovered } from "../parts/layers";
import { Sheet } from "../parts/sheet";
import { isEmpty } from "../state/cart";
import { carts } from "../state/carts";
import { usePart } from "../state/store";
import { useText } from "../text";
import { CartBar } from "./cart-bar";
import { CartPanel } from "./cart-panel";
import { DonePanel } from "./done";
import classes from "./page.module.css";
import { PriceSheet } from "./price-sheet";
import { Products } from "./products";
import { QuestionSheet } from "./question-sheet";
import { Remarks } from "./remarks";
import { useSale } from "./sale";
import { useSaleCatalog } from "./sale-catalog";
import { pick, scan } from "./selling";
import { TotalChangedSheet } from "./total-changed";

const next = () => carts.update((all) => ({ ...all, done: null }));

/** Products and cart side by side; on phones the cart is a sheet behind a bar. */
export function SellPage() {
  const t = useText();
  const wide = useWide();
  const sale = useSale();
  const done = usePart(carts, (all) => all.done);
  const catalog = useSaleCatalog(sale.cart);
  const covered = useCovered();
  const search = useRef<HTMLInputElement>(null);
  const [cartOpened, setCartOpened] = useState(false);
  const empty = isEmpty(sale.cart);
  const { isWaiting } = sale;

  useKeys((key) => {
    if (covered) return false;
    if (key === "/") search.current?.focus();
    else if (key === "F2") sale.pay();
    else if (key === "F4") sale.hold();
    else if (key === "Enter" && done !== null) next();
    else return false;
    return true;
  });
  useScans((code) => scan(catalog.data, code, isWaiting));
  const onPick = useCallback((product: Parameters<typeof pick>[0]) => pick(product, isWaiting), [isWaiting]);

  useEffect(() => {
    if (empty || wide) setCartOpened(false);
  }, [empty, wide]);

  const showsDone = done !== null && empty;
  if (showsDone && !wide) {
    return (
      <main className={classes.alone}>
        <DonePanel done={done} next={next} />
      </main>
    );
  }
  return (
    <main className={classes.page}>
      <div className={classes.products}>
        <Products catalog={catalog} search={search} pick={onPick} />
        {!wide && <Remarks />}
      </div>
      {wide ? (
        <aside className={classes.cart} aria-label={t("cart")}>
          {showsDone ? <DonePanel done={done} next={next} /> : <CartPanel sale={sale} />}
        </aside>
      ) : (
        <>
          <CartBar sale={sale} open={() => setCartOpened(true)} />
          <Sheet opened={cartOpened} close={() => setCartOpened(false)} title={t("cart")}>
            <CartPanel sale={sale} />
          </Sheet>
        </>
      )}
      <QuestionSheet catalog={catalog.data} />
      <PriceSheet sale={sale} />
      <TotalChangedSheet sale={sale} />
    </main>
  );
}
