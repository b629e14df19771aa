import { Textarea } from "@mantine/core";
import { useState } from "react";
import { type Changes, changeDetails } from "../api/commands";
import type { Order } from "../api/orders";
import { Act, Problem } from "../parts/act";
import { Sheet } from "../parts/sheet";
import { CustomerField, TypeField } from "../sell/details-fields";
import { Quantity } from "../sell/quantity";
import { useText } from "../text";
import classes from "./info-sheet.module.css";

const MOST_GUESTS = 1_000;

interface Props {
  order: Order;
  changes: Changes;
  close: () => void;
}

interface Typed {
  type?: Order["order_type"];
  channel?: string | null;
  name?: string | null;
  customerId?: string | null;
  pax?: number;
  note?: string;
}

/** For whom an open order is: type, guest, number of guests, note. */
export function InfoSheet({ order, changes, close }: Props) {
  const t = useText();
  const [seen] = useState(order);
  /** What was changed here; all else is as it is at the server, also when somebody else changes it now. */
  const [typed, setTyped] = useState<Typed>({});
  const set = (next: Typed) => setTyped((now) => ({ ...now, ...next }));
  const { type = order.order_type, name = order.customer_name ?? null } = typed;
  const { channel = order.channel ?? null } = typed;
  const { pax = order.pax ?? 0, note = order.note ?? "" } = typed;
  const save = async () => {
    const body = {
      ...(type === order.order_type ? {} : { order_type: type }),
      ...(channel === (order.channel ?? null) ? {} : { channel }),
      ...(name === (order.customer_name ?? null) ? {} : { customer_name: name, customer_id: typed.customerId ?? null }),
      ...(pax === (order.pax ?? 0) ? {} : { pax: pax === 0 ? null : pax }),
      ...(note.trim() === (order.note ?? "") ? {} : { note: note.trim() || null }),
    };
    if (Object.keys(body).length === 0 || (await changes.run(changeDetails(seen, body))) !== null) close();
  };
  return (
    <Sheet
      opened
      close={close}
      title={t("details")}
      foot={
        <Act changes={changes} act={() => void save()}>
          {t("action.save")}
        </Act>
      }
    >
      <div className={classes.form}>
        <Problem error={changes.error} safe={t("order.safe")} />
        <TypeField type={type} channel={channel} choose={(next, from) => set({ type: next, channel: from })} />
        <CustomerField name={name} change={(next, customerId) => set({ name: next, customerId })} />
        <div className={classes.guests}>
          <span>{t("guests")}</span>
          <Quantity qty={pax} change={(next) => set({ pax: next })} least={0} most={MOST_GUESTS} label={t("guests")} />
        </div>
        <Textarea
          label={t("order.note")}
          placeholder={t("order.note.hint")}
          value={note}
          maxLength={500}
          rows={2}
          onChange={(event) => set({ note: event.currentTarget.value })}
        />
      </div>
    </Sheet>
  );
}
