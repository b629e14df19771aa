import { ErrorNote } from "@shared/parts/error-note";
import { useSearch } from "wouter";
import { useMay } from "../me";
import { useText } from "../text";
import { type Shift, useCurrentShift, useShift } from "./api";
import { ClosedShift } from "./closed";
import { Closing } from "./closing";
import { Layout } from "./layout";
import { OpenShift } from "./open";
import { RunningShift } from "./running";

export type Part = "close" | "handover" | null;

/** The pages about shifts; without an id, the shift of this till. */
export function ShiftPages({ id, part }: { id: string | null; part: Part }) {
  const t = useText();
  const mayPay = useMay("take_payment");
  if (!mayPay) return <Layout title={t("shift")}>{t("shift.no_right")}</Layout>;
  return id === null ? <Current /> : <One key={id} id={id} part={part} />;
}

function Current() {
  const t = useText();
  const current = useCurrentShift();
  const back = new URLSearchParams(useSearch()).get("back");
  if (current.data === undefined) {
    return (
      <Layout title={t("shift")}>
        {current.error !== null && <ErrorNote error={current.error} retry={() => void current.refetch()} />}
      </Layout>
    );
  }
  return current.data === null ? <OpenShift back={back} /> : <RunningShift shift={current.data} />;
}

function One({ id, part }: { id: string; part: Part }) {
  const t = useText();
  const query = useShift(id);
  if (query.data === undefined) {
    return (
      <Layout title={t("shift")}>
        {query.error !== null && <ErrorNote error={query.error} retry={() => void query.refetch()} />}
      </Layout>
    );
  }
  const shift: Shift = query.data;
  if (shift.status !== "open") return <ClosedShift shift={shift} />;
  return part === null ? <RunningShift shift={shift} /> : <Closing shift={shift} handsOver={part === "handover"} />;
}
