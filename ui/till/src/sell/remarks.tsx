import { Button } from "@mantine/core";
import { IconBarcode, IconInfoCircle } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { carts, UNDO_MS, undo } from "../state/carts";
import { usePart, useStore } from "../state/store";
import { useText } from "../text";
import classes from "./remarks.module.css";
import { remark } from "./selling";

/** What to say about the last scan or tap, or the way back from an emptied cart. It lies over the lines, never over Pay. */
export function Remarks() {
  const t = useText();
  const now = useStore(remark);
  const cleared = usePart(carts, (all) => all.cleared);
  const [expired, setExpired] = useState(0);
  useEffect(() => {
    if (cleared === null) return;
    const timer = setTimeout(() => setExpired(cleared.at), Math.max(0, cleared.at + UNDO_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [cleared]);
  useEffect(() => {
    if (now === null) return;
    const timer = setTimeout(() => remark.set(null), UNDO_MS);
    return () => clearTimeout(timer);
  }, [now]);
  const canUndo = cleared !== null && expired !== cleared.at && Date.now() < cleared.at + UNDO_MS;
  return (
    <div className={classes.place} role="status">
      {now !== null && !canUndo && (
        <p className={classes.remark} data-kind={now.kind}>
          {now.kind === "unknown" ? <IconBarcode size={20} aria-hidden /> : <IconInfoCircle size={20} aria-hidden />}
          <span className="name">
            {now.kind === "unknown" && t("scan.unknown", { code: now.code })}
            {now.kind === "sold_out" && t("product.sold_out.named", { name: now.name })}
            {now.kind === "waiting" && t("cart.waiting")}
          </span>
        </p>
      )}
      {canUndo && (
        <div className={classes.undo}>
          <span>{t("cart.cleared")}</span>
          <Button variant="light" onClick={() => carts.update(undo)}>
            {t("undo")}
          </Button>
        </div>
      )}
    </div>
  );
}
