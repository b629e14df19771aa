import { SegmentedControl, TextInput } from "@mantine/core";
import { asApiError } from "@shared/api/errors";
import { rupiah } from "@shared/money";
import { AmountInput } from "@shared/parts/fields";
import { percentText } from "@shared/percent";
import { useState } from "react";
import { useCatalog } from "../api/catalog";
import { type Changes, type GiveDiscount, giveDiscount, type OrderLine } from "../api/commands";
import type { Order } from "../api/orders";
import { useHere } from "../me";
import { Act, Problem } from "../parts/act";
import { Chips } from "../parts/chips";
import { GrantFields, useGrant } from "../parts/grant";
import { Sheet } from "../parts/sheet";
import { type Asked, asked, baseOf, comesTo, type DiscountKind, needsApproval } from "../state/discount";
import { useText } from "../text";
import classes from "./discount-sheet.module.css";

const KINDS: DiscountKind[] = ["percent", "amount", "compliment"];
const PERCENTS = [5, 10, 20];
const REASONS = ["discount.regular", "discount.promotion", "discount.complaint", "discount.staff"] as const;

interface Props {
  order: Order;
  /** Null: the whole order. */
  line: OrderLine | null;
  changes: Changes;
  close: () => void;
}

/** How much of an order's amount this person may give without an approval, in basis points; null: all of it. */
function useLimit(): number | null {
  const { role } = useHere().me.user;
  const settings = useCatalog().data?.settings;
  if (role === "cashier") return settings?.discount_limit_cashier_bp ?? 0;
  return role === "waiter" ? (settings?.discount_limit_waiter_bp ?? 0) : null;
}

function bodyOf(asked: Asked, line: OrderLine | null): GiveDiscount {
  const where = line === null ? {} : { line_id: line.id };
  if (asked.kind === "percent") return { ...where, kind: asked.kind, rate_bp: asked.bp };
  return asked.kind === "amount" ? { ...where, kind: asked.kind, value: asked.value } : { ...where, kind: asked.kind };
}

/** A discount on a line or the whole order. It shows what it comes to before it is given. */
export function DiscountSheet({ order, line, changes, close }: Props) {
  const t = useText();
  const limit = useLimit();
  const [kind, setKind] = useState<DiscountKind>("percent");
  const [text, setText] = useState("");
  const base = baseOf(order, line?.id ?? null);
  const wanted = asked(kind, text);
  const refusal = typeof wanted === "string" ? wanted : null;
  const amount = typeof wanted === "string" ? 0 : comesTo(wanted, base);
  const isRefused = asApiError(changes.error).code === "approval_required";
  const grant = useGrant({
    approval: isRefused || (typeof wanted !== "string" && needsApproval(order, wanted, amount, limit)),
    reason: kind === "compliment",
  });
  const missing = refusal === null ? grant.missing : t(`discount.refused.${refusal}`);
  const act = async () => {
    if (typeof wanted === "string" || missing !== null) return;
    if ((await changes.run(giveDiscount({ ...bodyOf(wanted, line), ...grant.body }))) === null) grant.setPin("");
    else close();
  };
  return (
    <Sheet
      opened
      close={close}
      title={line === null ? t("discount.order") : t("discount.line", { name: line.name })}
      wide={grant.needsApproval}
      foot={
        <Act changes={changes} act={() => void act()} missing={missing}>
          {t(kind === "compliment" ? "discount.act.compliment" : "discount.act", { amount: rupiah(amount) })}
        </Act>
      }
    >
      <GrantFields
        grant={grant}
        reasons={REASONS}
        enter={() => void act()}
        disabled={changes.isRunning}
        problem={!isRefused && <Problem error={changes.error} safe={t("discount.safe")} />}
      >
        <SegmentedControl
          fullWidth
          aria-label={t("discount.kind")}
          value={kind}
          onChange={(next) => {
            setKind(next as DiscountKind);
            setText("");
          }}
          data={KINDS.map((value) => ({ value, label: t(`discount.kind.${value}`) }))}
        />
        {kind === "percent" && (
          <>
            <Chips
              label={t("discount.often")}
              options={PERCENTS.map((value) => ({ value, text: t("percent", { percent: value }) }))}
              chosen={typeof wanted !== "string" && wanted.kind === "percent" ? wanted.bp / 100 : null}
              choose={(percent) => setText(percentText(percent * 100))}
            />
            <TextInput
              label={t("discount.other")}
              inputMode="decimal"
              autoComplete="off"
              className="figures"
              rightSection="%"
              value={text}
              maxLength={8}
              error={refusal === "over" || refusal === "unreadable" ? t(`discount.refused.${refusal}`) : null}
              onChange={(event) => setText(event.currentTarget.value)}
            />
          </>
        )}
        {kind === "amount" && (
          <AmountInput
            label={t("discount.value")}
            value={typeof wanted !== "string" && wanted.kind === "amount" ? wanted.value : null}
            maxLength={15}
            onChange={(value) => setText(value === null ? "" : String(value))}
          />
        )}
        <Result base={base} amount={amount} />
      </GrantFields>
    </Sheet>
  );
}

function Result({ base, amount }: { base: number; amount: number }) {
  const t = useText();
  return (
    <dl className={classes.result} aria-live="polite">
      <div>
        <dt>{t("discount.before")}</dt>
        <dd className="money">{rupiah(base)}</dd>
      </div>
      <div>
        <dt>{t("total.discount")}</dt>
        <dd className="money">{rupiah(-amount)}</dd>
      </div>
      <div className={classes.after}>
        <dt>{t("discount.after")}</dt>
        <dd className="money">{rupiah(base - amount)}</dd>
      </div>
    </dl>
  );
}
