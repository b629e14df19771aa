import { ActionIcon, Button } from "@mantine/core";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { IconBasket, IconPlayerPause, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useMay } from "../me";
import { useSince, useWide } from "../parts/hooks";
import { isEmpty, pieces } from "../state/cart";
import { carts, clear } from "../state/carts";
import { usePart } from "../state/store";
import { useText } from "../text";
import { CartLines } from "./cart-lines";
import classes from "./cart-panel.module.css";
import { CartTotals } from "./cart-totals";
import { DetailsButton, DetailsSheet } from "./details-sheet";
import { HeldSheet } from "./held-sheet";
import { Remarks } from "./remarks";
import type { Sale } from "./sale";
import { remarks } from "./selling";
import { TargetHead } from "./target-head";
import { changedTotal } from "./total-changed";
import { Waiting } from "./waiting";

/** The cart: for whom it is, its lines, its totals, and the actions at its foot. */
export function CartPanel({ sale }: { sale: Sale }) {
  const t = useText();
  const wide = useWide();
  const [sheet, setSheet] = useState<"details" | "held" | null>(null);
  const held = usePart(carts, (all) => all.held.length);
  const { cart } = sale;
  const empty = isEmpty(cart);
  return (
    <div className={classes.panel}>
      <header className={classes.head}>
        {cart.target === null ? (
          <DetailsButton cart={cart} open={() => setSheet("details")} disabled={sale.isWaiting} />
        ) : (
          <TargetHead cart={cart} target={cart.target} disabled={sale.isWaiting} />
        )}
        {held > 0 && (
          <Button variant="default" className={classes.held ?? ""} onClick={() => setSheet("held")}>
            {t("held.count", { count: held })}
          </Button>
        )}
        <ActionIcon
          variant="subtle"
          size={44}
          aria-label={t("cart.clear")}
          title={t("cart.clear")}
          disabled={empty || sale.isWaiting}
          onClick={() => {
            remarks.set([]);
            carts.update((all) => clear(all, Date.now()));
          }}
        >
          <IconTrash size={22} aria-hidden />
        </ActionIcon>
      </header>
      <div className={classes.lines}>
        {empty ? (
          <Empty title={t("cart.empty")} icon={<IconBasket size={40} stroke={1.5} aria-hidden />}>
            {t("cart.empty.next")}
          </Empty>
        ) : (
          <CartLines cart={cart} changed={sale.changed} disabled={sale.isWaiting} />
        )}
      </div>
      {wide && <Remarks />}
      <footer className={classes.foot}>
        {sale.isWaiting ? (
          <Waiting sale={sale} />
        ) : (
          <>
            {sale.totals.error !== null && <ErrorNote error={sale.totals.error} safe={t("cart.safe")} />}
            {sale.failure !== undefined && changedTotal(sale.failure) === null && (
              <ErrorNote error={sale.failure} safe={t("cart.safe")} />
            )}
            {!empty && <CartTotals sale={sale} />}
            <Actions sale={sale} />
          </>
        )}
      </footer>
      <DetailsSheet opened={sheet === "details"} close={() => setSheet(null)} cart={cart} />
      <HeldSheet opened={sheet === "held" && held > 0} close={() => setSheet(null)} isWaiting={sale.isWaiting} />
    </div>
  );
}

function Actions({ sale }: { sale: Sale }) {
  const t = useText();
  const mayPay = useMay("take_payment");
  const saving = useSince(sale.isSending, 400);
  const empty = isEmpty(sale.cart);
  const { target } = sale.cart;
  const pays = mayPay && target === null;
  const later = saving ? t("saving") : target !== null ? t("target.add") : mayPay ? t("pay.later") : t("order.save");
  const canSave = sale.canPay && sale.totals.quote !== null && !sale.isSending;
  return (
    <>
      {!sale.online && !empty && <p className={classes.reason}>{t("away.pay")}</p>}
      <div className={classes.actions}>
        <Button
          variant="default"
          size="lg"
          title={t("hold.key")}
          leftSection={<IconPlayerPause size={20} aria-hidden />}
          disabled={empty}
          onClick={sale.hold}
        >
          {t("hold")}
        </Button>
        <Button
          variant={pays ? "default" : "filled"}
          size="lg"
          className={pays ? "" : (classes.pay ?? "")}
          disabled={!canSave}
          onClick={() => void sale.later()}
        >
          {later}
        </Button>
        {pays && (
          <Button
            className={classes.pay ?? ""}
            title={t("pay.key")}
            disabled={!sale.canPay || sale.isSending}
            onClick={sale.pay}
            aria-description={empty ? undefined : t("cart.pieces", { count: pieces(sale.cart) })}
          >
            {t("pay")}
          </Button>
        )}
      </div>
    </>
  );
}
