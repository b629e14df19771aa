import { Button } from "@mantine/core";
import { useEffect } from "react";
import { moveTo, useChanges } from "../api/commands";
import { type Order, useOrder } from "../api/orders";
import { Problem } from "../parts/act";
import { UNDO_MS } from "../state/carts";
import { useText } from "../text";
import type { Moved } from "./move-sheet";

interface Props {
  moved: Moved;
  close: () => void;
}

/** Moves an order back to the table that it came from, for ten seconds. */
export function UndoMove({ moved, close }: Props) {
  const t = useText();
  const order = useOrder(moved.orderId);
  useEffect(() => {
    const timer = setTimeout(close, UNDO_MS);
    return () => clearTimeout(timer);
  }, [close]);
  return (
    <>
      <span role="status">{t("tables.moved", { to: moved.to })}</span>
      {order.data !== undefined && <Back order={order.data} to={moved.from} close={close} />}
    </>
  );
}

function Back({ order, to, close }: { order: Order; to: string; close: () => void }) {
  const t = useText();
  const changes = useChanges(order);
  if (changes.error !== null) return <Problem error={changes.error} safe={t("order.safe")} />;
  return (
    <Button
      variant="light"
      size="lg"
      disabled={changes.isRunning}
      onClick={async () => {
        if ((await changes.run(moveTo(to))) !== null) close();
      }}
    >
      {t("undo")}
    </Button>
  );
}
