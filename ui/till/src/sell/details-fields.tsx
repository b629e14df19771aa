import { TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { useCatalog } from "../api/catalog";
import { useCustomers } from "../api/customers";
import { useOpenOrders } from "../api/orders";
import type { OrderType } from "../state/cart";
import { plain } from "../state/catalog";
import { useText } from "../text";
import classes from "./details-fields.module.css";

const TYPES: OrderType[] = ["dine_in", "take_away", "delivery"];
const SUGGESTIONS = 5;

interface TypeProps {
  type: string;
  channel: string | null;
  /** An order of a platform is delivered. */
  choose: (type: OrderType, channel: string | null) => void;
}

/** How the guest receives the order, or the delivery platform that it came from. */
export function TypeField({ type, channel, choose }: TypeProps) {
  const t = useText();
  const tenders = useCatalog().data?.tenders ?? [];
  const platforms = tenders.filter((tender) => tender.active && tender.special === "platform");
  return (
    <fieldset className={classes.types} aria-label={t("type")}>
      {TYPES.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={channel === null && one === type}
          onClick={() => choose(one, null)}
        >
          {t(`type.${one}`)}
        </button>
      ))}
      {platforms.map(({ id, name }) => (
        <button key={id} type="button" aria-pressed={id === channel} onClick={() => choose("delivery", id)}>
          <span className="name">{name}</span>
        </button>
      ))}
    </fieldset>
  );
}

interface CustomerProps {
  name: string | null;
  /** `id` is that of a known customer who was chosen. */
  change: (name: string | null, id: string | null) => void;
}

/** The guest's name, with the known customers that it may mean. It counts when the field is left. */
export function CustomerField({ name, change }: CustomerProps) {
  const t = useText();
  const [text, setText] = useState(name ?? "");
  const customers = useCustomers(true);
  const typed = plain(text.trim());
  const found = (customers.data ?? []).filter((customer) => typed !== "" && customer.key.includes(typed));
  const suggestions = found.filter((customer) => customer.name !== text).slice(0, SUGGESTIONS);
  useEffect(() => setText(name ?? ""), [name]);
  const take = (next: string, id: string | null) => {
    setText(next);
    change(next.trim() === "" ? null : next.trim(), id);
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
        onBlur={() => {
          if (text !== (name ?? "")) take(text, null);
        }}
      />
      {suggestions.length > 0 && (
        <ul className={classes.suggestions} aria-label={t("customer.known")}>
          {suggestions.map((customer) => (
            <li key={customer.id}>
              <button
                type="button"
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => take(customer.name, customer.id)}
              >
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

interface TableProps {
  chosen: string | null;
  choose: (table: string) => void;
  disabled?: boolean;
}

/** The tables of the shop, with a word on those that are taken. */
export function TableField({ chosen, choose, disabled = false }: TableProps) {
  const t = useText();
  const catalog = useCatalog().data;
  const open = useOpenOrders();
  const tables = (catalog?.tables ?? []).filter((table) => table.active);
  const taken = new Set(open.data?.map((order) => order.table_number));
  if (tables.length === 0) return null;
  return (
    <fieldset className={classes.tables} disabled={disabled}>
      <legend>{t("table")}</legend>
      <div>
        {tables.map((table) => (
          <button key={table.id} type="button" aria-pressed={chosen === table.name} onClick={() => choose(table.name)}>
            <span className="name">{table.name}</span>
            {taken.has(table.name) && <small>{t("table.taken")}</small>}
          </button>
        ))}
      </div>
    </fieldset>
  );
}
