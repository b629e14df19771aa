import { Button } from "@mantine/core";
import { rupiah } from "@shared/money";
import { useNow } from "@shared/parts/late";
import { Qr } from "@shared/parts/qr";
import { useEffect, useState } from "react";
import { shownCode } from "../display/followed";
import { Sheet } from "../parts/sheet";
import type { QrisTemplate } from "../state/catalog";
import { useText } from "../text";
import { qrisCode } from "./qris";
import classes from "./qris-sheet.module.css";
import { Reference } from "./reference";

/** A code is hidden after this time, so that nobody pays a bill that was settled another way. */
const SHOWN_MS = 5 * 60_000;

interface Props {
  template: QrisTemplate;
  amount: number;
  close: () => void;
  reference: string;
  isNeeded: boolean;
  change: (reference: string) => void;
  /** The money has come in. */
  take: () => void;
}

/** The code of one payment, for the guest's phone, and whom it pays. */
export default function QrisSheet({ template, amount, close, reference, isNeeded, change, take }: Props) {
  const t = useText();
  const [until, setUntil] = useState(() => Date.now() + SHOWN_MS);
  const left = Math.ceil((until - useNow()) / 1_000);
  const { merchant, has_amount } = template;
  const isUnnamed = isNeeded && reference.trim() === "";
  const isShown = left > 0;
  useEffect(() => {
    const { name, nmid = null } = merchant;
    shownCode.set(isShown ? { payload: qrisCode(template, amount), amount, merchant: name, nmid } : null);
    return () => shownCode.set(null);
  }, [isShown, template, amount, merchant]);
  const accept = () => {
    if (!isUnnamed) take();
  };
  return (
    <Sheet
      opened
      close={close}
      title={t("qris.title")}
      enter={accept}
      foot={
        <Button fullWidth size="lg" disabled={isUnnamed} onClick={accept}>
          {t(isUnnamed ? "reference.first" : "qris.received")}
        </Button>
      }
    >
      <div className={classes.code}>
        {left > 0 ? (
          <Qr text={qrisCode(template, amount)} label={t("qris.code", { amount: rupiah(amount) })} size={272} />
        ) : (
          <div className={classes.hidden}>
            <p>{t("qris.hidden")}</p>
            <Button variant="default" size="lg" onClick={() => setUntil(Date.now() + SHOWN_MS)}>
              {t("qris.again")}
            </Button>
          </div>
        )}
        <output className={classes.amount}>{rupiah(amount)}</output>
        {!has_amount && <p className={classes.type}>{t("qris.type")}</p>}
        <p className={classes.merchant}>
          <b>{merchant.name}</b>
          <span>
            {[merchant.city, merchant.nmid && t("qris.nmid", { nmid: merchant.nmid })].filter(Boolean).join(" · ")}
          </span>
        </p>
        <p className={classes.note}>
          {t("qris.check")}{" "}
          {left > 0 && (
            <span className="figures">
              {t("qris.left", { clock: `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` })}
            </span>
          )}
        </p>
      </div>
      <Reference isNeeded={isNeeded} reference={reference} change={change} />
    </Sheet>
  );
}
