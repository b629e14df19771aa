import { Button, TextInput } from "@mantine/core";
import { asApiError } from "@shared/api/errors";
import { rupiah } from "@shared/money";
import { AmountInput } from "@shared/parts/fields";
import { quantityText } from "@shared/quantity";
import { useEffect, useRef, useState } from "react";
import type { Changes, Command, OrderLine, RefundBody } from "../api/commands";
import { isUnanswered, type Order } from "../api/orders";
import { Act, Problem } from "../parts/act";
import { Chips } from "../parts/chips";
import { GrantFields, useGrant } from "../parts/grant";
import { Sheet } from "../parts/sheet";
import { useMeansName } from "../pay/means-name";
import { PayProblem, SHIFT_REQUIRED } from "../shift/required";
import { countOf, type Picked, payBacks, takersOf, type Way, waysOf } from "../state/refund";
import { MOST_REFERENCE } from "../state/tender";
import { useText } from "../text";
import classes from "./refund.module.css";
import type { Asked } from "./refund-sheet";

const REASONS = ["void.complaint", "void.wrong", "refund.spoiled", "refund.late"] as const;

interface Props {
  order: Order;
  changes: Changes;
  close: () => void;
  asked: Asked;
  picks: readonly Picked<OrderLine>[];
  again: () => void;
  command: (how: Pick<RefundBody, "payments" | "reason" | "approval">) => Command;
}

/** How the money goes back, why, and who approves. */
export function RefundHow({ order, changes, close, asked, picks, again, command }: Props) {
  const t = useText();
  const grant = useGrant({ approval: true, reason: true });
  const [way, setWay] = useState<Way>("as_paid");
  const [cash, setCash] = useState<number | null>(null);
  const [reference, setReference] = useState("");
  const nameOf = useMeansName();
  const takers = takersOf(order.payments);
  const rest = takers.find(({ method }) => method !== "cash");
  const ways = waysOf(takers);
  const isPart = way === "part_cash";
  /** What was sent last: without an answer the same is sent again, whatever the order shows meanwhile. */
  const sent = useRef<Command | null>(null);
  const isLost = isAnswerLost(changes.error) && sent.current !== null;
  // Somebody else may have given back meanwhile what was chosen here.
  const isGone = asked.kind === "lines" && picks.length === 0;
  let missing = grant.missing;
  if (isLost) missing = null;
  else if (isGone) missing = t("bill.refused.nothing");
  else if (isPart && !cash) missing = t("refund.cash_first");
  const act = async () => {
    if (missing !== null) return;
    const payments = payBacks({ way, takers, cash, reference });
    const how = { ...(payments.length === 0 ? {} : { payments }), ...grant.body };
    const next = isLost && sent.current !== null ? sent.current : command(how);
    sent.current = next;
    await changes.run(next);
  };
  // A refusal may be about the PIN: it is typed again.
  const { setPin } = grant;
  const isRefused = changes.error !== null && !isAnswerLost(changes.error);
  useEffect(() => {
    if (isRefused) setPin("");
  }, [isRefused, setPin]);
  const wayText = (value: Way) => {
    if (value === "part_cash") return t("refund.way.part_cash");
    if (value !== "as_paid") return nameOf(takers.find(({ key }) => key === value) ?? { method: value });
    return takers.length === 1 && rest !== undefined ? nameOf(rest) : t("refund.way.as_paid");
  };
  return (
    <Sheet
      opened
      close={close}
      title={t("refund")}
      wide={grant.needsApproval}
      foot={
        <Act changes={changes} act={() => void act()} missing={missing} danger>
          {isLost
            ? t("shift.send_again")
            : asked.kind === "lines"
              ? t("refund.act", { count: countOf(picks) })
              : t("payment.return.act", { amount: rupiah(asked.amount) })}
        </Act>
      }
    >
      <GrantFields
        grant={grant}
        reasons={REASONS}
        enter={() => void act()}
        disabled={changes.isRunning || isLost}
        problem={<RefundProblem error={changes.error} order={order} />}
      >
        <div className={classes.asked}>
          <div>
            {asked.kind === "lines" ? (
              <ul>
                {picks.map(({ line, qty, restock }) => (
                  <li key={line.id}>
                    <span className="figures">{quantityText({ ...line, qty })}</span>
                    <span className="name">
                      {line.name}
                      {restock && <small>{t("refund.restock")}</small>}
                    </span>
                  </li>
                ))}
              </ul>
            ) : (
              <output className={classes.amount}>{rupiah(asked.amount)}</output>
            )}
          </div>
          <Button variant="default" disabled={changes.isRunning || isLost} onClick={again}>
            {t("order.edit")}
          </Button>
        </div>
        {asked.kind === "lines" && <p className={classes.note}>{t("refund.sum")}</p>}
        {ways.length > 1 && (
          <Chips
            label={t("refund.way")}
            options={ways.map((value) => ({ value, text: wayText(value) }))}
            chosen={way}
            choose={setWay}
          />
        )}
        {isPart && rest !== undefined && (
          <AmountInput
            label={t("refund.cash_part")}
            description={t("refund.cash_part.rest", { method: nameOf(rest) })}
            value={cash}
            maxLength={15}
            onChange={setCash}
          />
        )}
        {way !== "as_paid" && way !== "cash" && (
          <TextInput
            label={t("reference.optional")}
            value={reference}
            maxLength={MOST_REFERENCE}
            autoComplete="off"
            onChange={(event) => setReference(event.currentTarget.value)}
          />
        )}
      </GrantFields>
    </Sheet>
  );
}

/** Whether the refund may have been recorded in spite of this error. */
function isAnswerLost(error: unknown): boolean {
  return isUnanswered(error) && ![401, 429].includes(asApiError(error).status);
}

function RefundProblem({ error, order }: { error: unknown; order: Order }) {
  const t = useText();
  if (error === null || asApiError(error).code !== SHIFT_REQUIRED) {
    return <Problem error={error} safe={t(isAnswerLost(error) ? "shift.unanswered" : "refund.safe")} />;
  }
  return <PayProblem error={error} back={`/orders/${order.id}`} needed={t("refund.shift")} />;
}
