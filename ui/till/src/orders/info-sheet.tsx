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

/** For whom an open order is: type, guest, number of guests, note. */
export function InfoSheet({ order, changes, close }: Props) {
  const t = useText();
  const [type, setType] = useState(order.order_type);
  const [customer, setCustomer] = useState({ name: order.customer_name ?? null, id: order.customer_id ?? null });
  const [pax, setPax] = useState(order.pax ?? 0);
  const [note, setNote] = useState(order.note ?? "");
  const save = async () => {
    const words = note.trim() || null;
    const body = {
      ...(type === order.order_type ? {} : { order_type: type }),
      ...(customer.name === (order.customer_name ?? null)
        ? {}
        : { customer_name: customer.name, customer_id: customer.id }),
      ...(pax === (order.pax ?? 0) ? {} : { pax: pax === 0 ? null : pax }),
      ...(words === (order.note ?? null) ? {} : { note: words }),
    };
    if (Object.keys(body).length === 0 || (await changes.run(changeDetails(body))) !== null) close();
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
        <TypeField type={type} choose={setType} />
        <CustomerField name={customer.name} change={(name, id) => setCustomer({ name, id })} />
        <div className={classes.guests}>
          <span>{t("guests")}</span>
          <Quantity qty={pax} change={setPax} least={0} most={MOST_GUESTS} label={t("guests")} />
        </div>
        <Textarea
          label={t("order.note")}
          placeholder={t("order.note.hint")}
          value={note}
          maxLength={500}
          rows={2}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
      </div>
    </Sheet>
  );
}
