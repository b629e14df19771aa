import { Button, TextInput } from "@mantine/core";
import { asApiError } from "@shared/api/errors";
import { rupiah } from "@shared/money";
import { Facts } from "@shared/parts/facts";
import { useTime } from "@shared/time";
import { IconArrowBackUp, IconCheck, IconReplace } from "@tabler/icons-react";
import { useState } from "react";
import { useCatalog } from "../api/catalog";
import { type Changes, confirmPayment, type Payment, reversePayment } from "../api/commands";
import { usePeople } from "../api/names";
import type { Order } from "../api/orders";
import { useStatus } from "../api/reach";
import { Act, Problem } from "../parts/act";
import { ActionList } from "../parts/action-list";
import { Chips } from "../parts/chips";
import { GrantFields, useGrant } from "../parts/grant";
import { Sheet } from "../parts/sheet";
import { useMeansName } from "../pay/means-name";
import { received } from "../state/payments";
import { type Means, MOST_REFERENCE, meansOf, waysToPay, writesOff } from "../state/tender";
import { useText } from "../text";

interface Props {
  order: Order;
  payment: Payment;
  changes: Changes;
  close: () => void;
}

type Step = "look" | "confirm" | "correct" | "return";

/** A payment: what is known of it, and how it is confirmed, corrected or given back. It is never edited. */
export function PaymentSheet(props: Props) {
  const [step, setStep] = useState<Step>("look");
  const go = (next: Step) => {
    props.changes.forget();
    setStep(next);
  };
  if (step === "confirm") return <Confirm {...props} />;
  if (step === "look") return <Look {...props} go={go} />;
  return <Reverse {...props} isReturned={step === "return"} />;
}

function useTitle(payment: Payment): string {
  return `${useMeansName()(payment)} ${rupiah(payment.tendered)}`;
}

function Look({ order, payment, close, go }: Props & { go: (step: Step) => void }) {
  const t = useText();
  const time = useTime();
  const people = usePeople();
  const title = useTitle(payment);
  const reversal = received(order.payments).find((row) => row.payment.id === payment.id)?.reversal ?? null;
  const stands = reversal === null;
  const isOpen = payment.status === "unconfirmed" && stands;
  const person = (id: string | null | undefined) => (id ? people.get(id)?.name : undefined);
  const facts = [
    [t("payment.counts"), rupiah(payment.amount)],
    [t("change"), payment.change > 0 ? rupiah(payment.change) : null],
    [t("reference"), payment.reference],
    [t("payment.by"), person(payment.cashier_id)],
    [t("at"), time.moment(payment.created_at)],
    [t("payment.confirmed_by"), person(payment.confirmed_by)],
    [t("payment.taken_back"), reversal?.reason],
    [t("approved_by"), person(reversal?.approved_by)],
  ].flatMap(([label, value]) => (label && value ? [[label, value] as const] : []));
  const actions = [
    ...(isOpen ? [{ icon: IconCheck, text: t("payment.confirm"), act: () => go("confirm") }] : []),
    ...(stands ? [{ icon: IconReplace, text: t("payment.correct"), act: () => go("correct") }] : []),
    ...(stands && order.status === "open"
      ? [{ icon: IconArrowBackUp, text: t("payment.return"), danger: true, act: () => go("return") }]
      : []),
  ];
  return (
    <Sheet
      opened
      close={close}
      title={title}
      foot={
        actions.length === 0 && (
          <Button size="lg" fullWidth onClick={close}>
            {t("action.close")}
          </Button>
        )
      }
    >
      <Facts facts={facts} />
      {actions.length > 0 && (
        <div style={{ marginTop: 24 }}>
          <ActionList actions={actions} />
        </div>
      )}
    </Sheet>
  );
}

function Confirm({ payment, changes, close }: Props) {
  const t = useText();
  const [reference, setReference] = useState(payment.reference ?? "");
  // A guest can show the picture of a payment that was never made.
  const isNeeded = payment.method === "qris";
  const missing = isNeeded && reference.trim() === "" ? t("reference.first") : null;
  const act = async () => {
    if (missing === null && (await changes.run(confirmPayment(payment, reference.trim()))) !== null) close();
  };
  return (
    <Sheet
      opened
      close={close}
      enter={() => void act()}
      title={t("payment.confirm.title", { amount: rupiah(payment.amount) })}
      foot={
        <Act changes={changes} act={() => void act()} missing={missing}>
          {t("payment.confirm.act")}
        </Act>
      }
    >
      <p style={{ marginTop: 0 }}>{t("payment.confirm.text")}</p>
      <Reference value={reference} change={setReference} isNeeded={isNeeded} />
      <Problem error={changes.error} safe={t("payment.safe")} />
    </Sheet>
  );
}

interface ReferenceProps {
  value: string;
  change: (value: string) => void;
  isNeeded?: boolean;
}

function Reference({ value, change, isNeeded = false }: ReferenceProps) {
  const t = useText();
  return (
    <TextInput
      label={t(isNeeded ? "reference" : "reference.optional")}
      value={value}
      maxLength={MOST_REFERENCE}
      autoComplete="off"
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}

const CORRECTED = ["payment.mistake", "payment.guest_changed", "payment.bounced"] as const;
const RETURNED = ["void.left", "payment.mistake", "payment.too_much"] as const;

/**
 * Another tender in place of this one, or the money back. On the day of the payment another tender needs no approval, unless it writes
 * the payment off.
 */
function Reverse({ order, payment, changes, close, isReturned }: Props & { isReturned: boolean }) {
  const t = useText();
  const today = useStatus()?.business_date;
  const tenders = useCatalog().data?.tenders;
  const nameOf = useMeansName();
  const [means, setMeans] = useState<Means | null>(null);
  const [reference, setReference] = useState("");
  const isLater = (payment.business_date ?? order.business_date) !== today;
  const isRefused = asApiError(changes.error).code === "approval_required";
  const isWrittenOff = means !== null && writesOff(means);
  const grant = useGrant({ approval: isReturned || isLater || isRefused || isWrittenOff, reason: true });
  const words = reference.trim();
  const isNeeded = means?.tender?.needs_reference === true;
  const ways = waysToPay(tenders, true).filter(({ key }) => key !== (payment.tender_id ?? payment.method));
  let missing = grant.missing;
  if (!isReturned && means === null) missing = t("payment.method_first");
  else if (isNeeded && words === "") missing = t("reference.first");
  const act = async () => {
    if (missing !== null) return;
    const instead =
      means === null ? {} : { replace_with: { ...meansOf(means), ...(words === "" ? {} : { reference: words }) } };
    if ((await changes.run(reversePayment(payment, { ...instead, ...grant.body }))) === null) grant.setPin("");
    else close();
  };
  const amount = rupiah(payment.amount);
  return (
    <Sheet
      opened
      close={close}
      title={isReturned ? t("payment.return.title", { amount }) : t("payment.correct.title", { amount })}
      wide={grant.needsApproval}
      foot={
        <Act changes={changes} act={() => void act()} missing={missing} danger={isReturned}>
          {isReturned
            ? t("payment.return.act", { amount })
            : t("payment.correct.act", { method: means === null ? "" : nameOf(meansOf(means)) })}
        </Act>
      }
    >
      <GrantFields
        grant={grant}
        reasons={isReturned ? RETURNED : CORRECTED}
        enter={() => void act()}
        disabled={changes.isRunning}
        problem={!isRefused && <Problem error={changes.error} safe={t("payment.safe")} />}
      >
        {!isReturned && (
          <Chips
            label={t("payment.really")}
            options={ways.map((way) => ({ value: way.key, text: nameOf(meansOf(way)) }))}
            chosen={means?.key ?? null}
            choose={(key) => setMeans(ways.find((way) => way.key === key) ?? null)}
          />
        )}
        {means !== null && (means.method !== "cash" || isNeeded) && (
          <Reference value={reference} change={setReference} isNeeded={isNeeded} />
        )}
      </GrantFields>
    </Sheet>
  );
}
