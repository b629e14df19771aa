import { Button, TextInput } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useCustomers } from "../api/customers";
import { useOpenOrders } from "../api/orders";
import { Sheet } from "../parts/sheet";
import type { Cart, OrderType } from "../state/cart";
import { carts } from "../state/carts";
import { type Catalog, plain } from "../state/catalog";
import { useText } from "../text";
import classes from "./details-sheet.module.css";

const TYPES: OrderType[] = ["dine_in", "take_away", "delivery"];
const SUGGESTIONS = 5;

/** For whom the order is, in a few words; opens the details. */
export function DetailsButton({ cart, open, disabled }: { cart: Cart; open: () => void; disabled: boolean }) {
  const t = useText();
  const table = cart.table === null ? null : t("table.named", { name: cart.table });
  const known = [table, cart.customer].filter((part) => part !== null).join(" · ");
  const type = t(`type.${cart.orderType}`);
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
  catalog: Catalog | undefined;
}

/** Order type, table and customer. Each choice counts at once; there is nothing to save. */
export function DetailsSheet({ opened, close, cart, catalog }: Props) {
  const t = useText();
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
      <fieldset className={classes.types} aria-label={t("type")}>
        {TYPES.map((type) => (
          <button
            key={type}
            type="button"
            aria-pressed={cart.orderType === type}
            onClick={() => set({ orderType: type })}
          >
            {t(`type.${type}`)}
          </button>
        ))}
      </fieldset>
      {opened && <Customer name={cart.customer} change={(customer) => set({ customer })} />}
      {cart.orderType === "dine_in" && opened && (
        <Tables catalog={catalog} chosen={cart.table} choose={(table) => set({ table })} />
      )}
    </Sheet>
  );
}

function Customer({ name, change }: { name: string | null; change: (name: string | null) => void }) {
  const t = useText();
  const [text, setText] = useState(name ?? "");
  const customers = useCustomers(true);
  const typed = plain(text.trim());
  const found = (customers.data ?? []).filter((customer) => typed !== "" && customer.key.includes(typed));
  const suggestions = found.filter((customer) => customer.name !== text).slice(0, SUGGESTIONS);
  useEffect(() => setText(name ?? ""), [name]);
  const take = (next: string) => {
    setText(next);
    change(next.trim() === "" ? null : next.trim());
  };
  return (
    <>
      <TextInput
        mt="md"
        label={t("customer")}
        placeholder={t("customer.hint")}
        value={text}
        maxLength={100}
        autoComplete="off"
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={() => take(text)}
      />
      {suggestions.length > 0 && (
        <ul className={classes.suggestions} aria-label={t("customer.known")}>
          {suggestions.map((customer) => (
            <li key={customer.id}>
              <button type="button" onMouseDown={(event) => event.preventDefault()} onClick={() => take(customer.name)}>
                <span className="name">{customer.name}</span>
                <span>{customer.phone}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

interface TablesProps {
  catalog: Catalog | undefined;
  chosen: string | null;
  choose: (table: string | null) => void;
}

function Tables({ catalog, chosen, choose }: TablesProps) {
  const t = useText();
  const open = useOpenOrders();
  const tables = (catalog?.tables ?? []).filter((table) => table.active);
  const taken = new Set(open.data?.map((order) => order.table_number));
  if (tables.length === 0) return null;
  return (
    <fieldset className={classes.tables}>
      <legend>{t("table")}</legend>
      <div>
        {tables.map((table) => (
          <button
            key={table.id}
            type="button"
            aria-pressed={chosen === table.name}
            onClick={() => choose(chosen === table.name ? null : table.name)}
          >
            <span className="name">{table.name}</span>
            {taken.has(table.name) && <small>{t("table.taken")}</small>}
          </button>
        ))}
      </div>
    </fieldset>
  );
}
