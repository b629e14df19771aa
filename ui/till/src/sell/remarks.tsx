import { Button } from "@mantine/core";
import { IconBarcode, IconInfoCircle } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { carts, UNDO_MS, undo } from "../state/carts";
import { usePart, useStore } from "../state/store";
import { useText } from "../text";
import classes from "./remarks.module.css";
import { type Remark, remarks } from "./selling";

/**
 * What to say about the last scans or the last tap, or the way back from an emptied cart. It lies over the lines, never over Pay;
 * where there are no lines it is `inline`.
 */
export function Remarks({ inline = false }: { inline?: boolean }) {
  const t = useText();
  const list = useStore(remarks);
  const cleared = usePart(carts, (all) => all.cleared);
  const [expired, setExpired] = useState(0);
  useEffect(() => {
    if (cleared === null) return;
    const timer = setTimeout(() => setExpired(cleared.at), Math.max(0, cleared.at + UNDO_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [cleared]);
  useEffect(() => {
    if (list.length === 0) return;
    const timer = setTimeout(() => remarks.set([]), UNDO_MS);
    return () => clearTimeout(timer);
  }, [list]);
  const canUndo = cleared !== null && expired !== cleared.at && Date.now() < cleared.at + UNDO_MS;
  return (
    <div className={classes.place} data-inline={inline}>
      <div className={classes.list} role="status">
        {!canUndo && list.map((remark) => <Line key={JSON.stringify(remark)} remark={remark} />)}
        {canUndo && (
          <div className={classes.undo}>
            <span>{t("cart.cleared")}</span>
            <Button variant="light" onClick={() => carts.update(undo)}>
              {t("undo")}
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}

function Line({ remark }: { remark: Remark }) {
  const t = useText();
  const Icon = remark.kind === "unknown" ? IconBarcode : IconInfoCircle;
  return (
    <p className={classes.remark} data-kind={remark.kind}>
      <Icon size={20} aria-hidden />
      <span className="name">
        {remark.kind === "unknown" && t("scan.unknown", { code: remark.code })}
        {(remark.kind === "not_by_weight" || remark.kind === "no_price" || remark.kind === "zero") &&
          t(`scan.${remark.kind}`, { name: remark.name })}
        {remark.kind === "sold_out" && t("product.sold_out.named", { name: remark.name })}
        {remark.kind === "waiting" && t("cart.waiting")}
      </span>
    </p>
  );
}
