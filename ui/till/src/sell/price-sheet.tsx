import { Button } from "@mantine/core";
import { rupiah } from "@shared/money";
import { useGo } from "../parts/layers";
import { Sheet } from "../parts/sheet";
import { useStore } from "../state/store";
import { useText } from "../text";
import classes from "./price-sheet.module.css";
import { askingPrices, type Sale } from "./sale";

/** Prices have changed since the products came into the cart: both figures, before any money is taken. */
export function PriceSheet({ sale }: { sale: Sale }) {
  const t = useText();
  const go = useGo();
  const opened = useStore(askingPrices) && sale.changed.size > 0;
  const close = () => askingPrices.set(false);
  const take = () => {
    sale.takeNewPrices();
    close();
    go("/pay");
  };
  const lines = sale.cart.lines.filter((line) => sale.changed.has(line.id));
  return (
    <Sheet
      opened={opened}
      close={close}
      enter={take}
      title={t("prices.title")}
      foot={
        <>
          <Button variant="default" size="lg" onClick={close}>
            {t("back")}
          </Button>
          <Button size="lg" flex={1} onClick={take}>
            {t("prices.take")}
          </Button>
        </>
      }
    >
      <p className={classes.text}>{t("prices.text")}</p>
      <table className={classes.prices}>
        <thead>
          <tr>
            <th>{t("product")}</th>
            <th>{t("prices.old")}</th>
            <th>{t("prices.now")}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.id}>
              <td className="name">{line.name}</td>
              <td>{rupiah(line.price)}</td>
              <td>{rupiah(sale.changed.get(line.id) ?? line.price)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td colSpan={2}>{t("total")}</td>
            <td>{rupiah(sale.totals.shown)}</td>
          </tr>
        </tfoot>
      </table>
    </Sheet>
  );
}
