import { rupiah } from "@shared/money";
import { useState } from "react";
import { type Changes, type OrderLine, voidLine } from "../api/commands";
import { Act, Problem } from "../parts/act";
import { Chips } from "../parts/chips";
import { GrantFields, useGrant } from "../parts/grant";
import { Sheet } from "../parts/sheet";
import { Quantity } from "../sell/quantity";
import { useText } from "../text";
import classes from "./void-line-sheet.module.css";

const KINDS = ["returned", "wasted"] as const;
const REASONS = ["void.wrong", "void.left", "void.sold_out", "void.complaint"] as const;

interface Props {
  line: OrderLine;
  changes: Changes;
  close: () => void;
}

/** Voids a line that was sent, or some of its pieces: what became of it, why, and who approves. */
export function VoidLineSheet({ line, changes, close }: Props) {
  const t = useText();
  const [qty, setQty] = useState(line.qty);
  const [kind, setKind] = useState<(typeof KINDS)[number] | null>(null);
  const grant = useGrant({ approval: true, reason: true });
  const inPieces = line.qty_scale === 0;
  const missing = kind === null ? t("void_kind.first") : grant.missing;
  const act = async () => {
    if (missing !== null || kind === null) return;
    const done = await changes.run(voidLine(line, { kind, ...(qty === line.qty ? {} : { qty }), ...grant.body }));
    if (done === null) grant.setPin("");
    else close();
  };
  return (
    <Sheet
      opened
      close={close}
      title={t("line.void.title", { name: line.name })}
      wide={grant.needsApproval}
      foot={
        <Act changes={changes} act={() => void act()} missing={missing} danger>
          {inPieces
            ? t("line.void.action", { qty, amount: rupiah(line.price * qty) })
            : t("line.void.whole", { amount: rupiah(line.amount) })}
        </Act>
      }
    >
      <GrantFields
        grant={grant}
        reasons={REASONS}
        enter={() => void act()}
        disabled={changes.isRunning}
        problem={<Problem error={changes.error} safe={t("line.void.safe")} />}
      >
        {inPieces && line.qty > 1 && (
          <div className={classes.pieces}>
            <span>{t("line.void.pieces", { most: line.qty })}</span>
            <Quantity qty={qty} change={setQty} least={1} most={line.qty} />
          </div>
        )}
        <Chips
          label={t("void_kind")}
          options={KINDS.map((value) => ({ value, text: t(`void_kind.${value}`) }))}
          chosen={kind}
          choose={setKind}
        />
      </GrantFields>
    </Sheet>
  );
}
