import { IconSend } from "@tabler/icons-react";
import { type Changes, type Command, sendCourse, sendToKitchen } from "../api/commands";
import type { Order } from "../api/orders";
import { Problem } from "../parts/act";
import { ActionList } from "../parts/action-list";
import { Sheet } from "../parts/sheet";
import { batches, pieces, unsent } from "../state/sent";
import { useText } from "../text";

interface Props {
  order: Order;
  changes: Changes;
  close: () => void;
}

/** Which course goes to the kitchen now; the rest waits. */
export function SendSheet({ order, changes, close }: Props) {
  const t = useText();
  const waiting = unsent(order.lines);
  const send = async (command: Command) => {
    if ((await changes.run(command)) !== null) close();
  };
  const action = (name: string, lines: typeof waiting, command: Command) => ({
    icon: IconSend,
    text: `${name} · ${t("cart.pieces", { count: pieces(lines) })}`,
    act: () => void send(command),
  });
  const courses = batches(waiting).flatMap(({ course, lines }) =>
    course === null ? [] : [action(t("course", { course }), lines, sendCourse(course))],
  );
  return (
    <Sheet opened close={close} title={t("order.send")}>
      <Problem error={changes.error} safe={t("order.safe")} />
      <ActionList actions={[...courses, action(t("course.all"), waiting, sendToKitchen)]} />
    </Sheet>
  );
}
