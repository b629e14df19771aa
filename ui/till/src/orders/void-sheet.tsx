import { rupiah } from "@shared/money";
import { type Changes, voidOrder } from "../api/commands";
import type { Order } from "../api/orders";
import { Act, Problem } from "../parts/act";
import { GrantFields, useGrant } from "../parts/grant";
import { Sheet } from "../parts/sheet";
import { useText } from "../text";

const REASONS = ["void.wrong", "void.left", "void.sold_out", "void.twice"] as const;

interface Props {
  order: Order;
  changes: Changes;
  close: () => void;
}

/** Asks once, with the amount: a reason, and the approval of a manager. */
export function VoidSheet({ order, changes, close }: Props) {
  const t = useText();
  const grant = useGrant({ approval: true, reason: true });
  const amount = rupiah(order.total);
  const act = async () => {
    if (grant.missing !== null) return;
    if ((await changes.run(voidOrder(grant.body))) === null) grant.setPin("");
    else close();
  };
  return (
    <Sheet
      opened
      close={close}
      title={t("void.title", { amount })}
      wide={grant.needsApproval}
      foot={
        <Act changes={changes} act={() => void act()} missing={grant.missing} danger>
          {t("void.action", { amount })}
        </Act>
      }
    >
      <GrantFields
        grant={grant}
        reasons={REASONS}
        enter={() => void act()}
        disabled={changes.isRunning}
        problem={<Problem error={changes.error} safe={t("void.safe")} />}
      />
    </Sheet>
  );
}
