import { Button, TextInput } from "@mantine/core";
import { asApiError } from "@shared/api/errors";
import { rupiah } from "@shared/money";
import { ErrorNote } from "@shared/parts/error-note";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { v7 } from "uuid";
import { isUnanswered, type Order, voidOrder } from "../api/orders";
import { useNames } from "../api/session";
import { useHere } from "../me";
import { useSince } from "../parts/hooks";
import { PinPad } from "../parts/pin-pad";
import { Sheet } from "../parts/sheet";
import { useText } from "../text";
import classes from "./void-sheet.module.css";

const REASONS = ["void.wrong", "void.left", "void.sold_out", "void.twice"] as const;

interface Props {
  order: Order;
  opened: boolean;
  close: () => void;
}

/** Asks once, with the amount: a reason, and the PIN of somebody who may approve. */
export function VoidSheet({ order, opened, close }: Props) {
  return opened ? <Form order={order} close={close} /> : null;
}

function Form({ order, close }: { order: Order; close: () => void }) {
  const t = useText();
  const queries = useQueryClient();
  const paired = useHere().device !== null;
  const names = useNames(paired);
  const [reason, setReason] = useState("");
  const [pin, setPin] = useState("");
  /** Of this void: a repeat after a lost answer is the same command. */
  const key = useRef(v7());
  const command = useMutation({
    mutationFn: () => voidOrder(order, reason.trim(), pin, key.current),
    onSuccess: (after) => {
      queries.setQueryData(["orders", "one", order.id], after);
      void queries.invalidateQueries({ queryKey: ["orders"] });
      close();
    },
    onError: (error) => {
      setPin("");
      if (!isUnanswered(error)) key.current = v7();
      if (asApiError(error).status === 412) void queries.invalidateQueries({ queryKey: ["orders"] });
    },
  });
  const slow = useSince(command.isPending, 400);
  const approvers = (names.data ?? []).filter(({ role }) => role === "manager" || role === "admin");
  const missing = reason.trim() === "" ? t("void.reason_first") : null;
  const amount = rupiah(order.total);
  const action = (
    <Button
      className={classes.action ?? ""}
      color="bad"
      fullWidth
      disabled={missing !== null || pin.length < 4 || command.isPending}
      onClick={() => command.mutate()}
    >
      {slow ? t("saving") : (missing ?? t("void.action", { amount }))}
    </Button>
  );
  return (
    <Sheet opened close={close} title={t("void.title", { amount })} foot={action} wide>
      <p className={classes.number}>{order.order_number}</p>
      <div className={classes.form}>
        <div>
          <fieldset className={classes.reasons}>
            <legend>{t("void.reason")}</legend>
            {REASONS.map((id) => (
              <button key={id} type="button" aria-pressed={reason === t(id)} onClick={() => setReason(t(id))}>
                {t(id)}
              </button>
            ))}
          </fieldset>
          <TextInput
            label={t("void.other")}
            value={reason}
            maxLength={200}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </div>
        <div className={classes.approval}>
          <p>
            {approvers.length === 0
              ? t("void.pin")
              : t("void.pin.names", { names: approvers.map(({ name }) => name).join(", ") })}
          </p>
          <PinPad
            pin={pin}
            change={setPin}
            enter={() => {
              if (missing === null && !command.isPending) command.mutate();
            }}
            disabled={command.isPending}
          />
          {command.error !== null && <ErrorNote error={command.error} safe={t("void.safe")} />}
        </div>
      </div>
    </Sheet>
  );
}
