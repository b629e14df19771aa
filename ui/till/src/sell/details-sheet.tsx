import { Button } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useCatalog } from "../api/catalog";
import { useWay } from "../orders/way";
import { Sheet } from "../parts/sheet";
import type { Cart } from "../state/cart";
import { carts } from "../state/carts";
import { repriced } from "../state/price";
import { useText } from "../text";
import { CustomerField, TableField, TypeField } from "./details-fields";
import classes from "./details-sheet.module.css";

/** For whom the order is, in a few words; opens the details. */
export function DetailsButton({ cart, open, disabled }: { cart: Cart; open: () => void; disabled: boolean }) {
  const t = useText();
  const table = cart.table === null ? null : t("table.named", { name: cart.table });
  const known = [table, cart.customer].filter((part) => part !== null).join(" · ");
  const type = useWay()({ order_type: cart.orderType, channel: cart.channel });
  const rest = known === "" ? t("details.none") : known;
  return (
    <button
      type="button"
      className={classes.button}
      onClick={open}
      disabled={disabled}
      aria-label={`${t("details")}: ${type} ${rest}`}
    >
      <span className={classes.words}>
        <span className={classes.type}>{type}</span> <span className={classes.rest}>{rest}</span>
      </span>
      <IconChevronDown size={20} aria-hidden />
    </button>
  );
}

interface Props {
  opened: boolean;
  close: () => void;
  cart: Cart;
}

/** Order type, table and customer. Each choice counts at once; there is nothing to save. */
export function DetailsSheet({ opened, close, cart }: Props) {
  const t = useText();
  const catalog = useCatalog().data;
  const set = (details: Partial<Cart>) => carts.update((all) => ({ ...all, current: { ...all.current, ...details } }));
  return (
    <Sheet
      opened={opened}
      close={close}
      enter={close}
      title={t("details")}
      foot={
        <Button size="lg" fullWidth onClick={close}>
          {t("ready")}
        </Button>
      }
    >
      <TypeField
        type={cart.orderType}
        channel={cart.channel ?? null}
        choose={(orderType, channel) => {
          const lines = catalog && cart.lines.map((line) => repriced(line, catalog, { orderType, channel }));
          set({ orderType, channel, ...(lines === undefined ? {} : { lines }) });
        }}
      />
      {opened && <CustomerField name={cart.customer} change={(customer) => set({ customer })} />}
      {cart.orderType === "dine_in" && opened && (
        <TableField chosen={cart.table} choose={(table) => set({ table: cart.table === table ? null : table })} />
      )}
    </Sheet>
  );
}
