import { useMemo } from "react";
import { encode } from "uqr";
import { useText } from "../text/provider";
import { useNow } from "./late";
import classes from "./qr.module.css";

/** A QR code, dark on white in both themes: many readers refuse the opposite. */
export function Qr({ text, label, size = 240 }: { text: string; label: string; size?: number }) {
  const { path, modules } = useMemo(() => {
    const code = encode(text, { ecc: "M", border: 2 });
    const path = code.data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
    return { path, modules: code.size };
  }, [text]);
  return (
    <svg
      className={classes.code}
      role="img"
      aria-label={label}
      viewBox={`0 0 ${modules} ${modules}`}
      width={size}
      height={size}
    >
      <path d={`M0 0h${modules}v${modules}H0z`} fill="#fff" />
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  );
}

/** Minutes and seconds until a moment, then that it is over. */
export function Countdown({ until, over }: { until: string; over: string }) {
  const t = useText();
  const left = Math.floor((new Date(until).getTime() - useNow()) / 1000);
  if (left <= 0) return <span>{over}</span>;
  const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  return <span className="figures">{t("countdown", { clock })}</span>;
}
