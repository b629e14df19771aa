import { asApiError } from "@shared/api/errors";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { PageHead } from "@shared/parts/page-head";
import { ShiftDetail } from "@shared/parts/shift-detail";
import { Skeletons } from "@shared/parts/skeletons";
import { useTime } from "@shared/time";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { readShift } from "../api/shifts";
import { useBack } from "../parts/link";
import { useText, useWord } from "../text";

const route = getRouteApi("/shifts/$id");

/** One shift as its outlet sent it. */
export function ShiftPage() {
  const t = useText();
  const word = useWord();
  const time = useTime();
  const { id } = route.useParams();
  const back = useBack(t("nav.shifts"), "/shifts");
  const query = useQuery({ queryKey: ["sales", "shift", id], queryFn: () => readShift(id) });
  const shift = query.data;
  if (shift === undefined) {
    return (
      <>
        <PageHead title={t("shift.one")} back={back} />
        {query.error === null ? (
          <Skeletons />
        ) : asApiError(query.error).status === 404 ? (
          <Empty title={t("shift.gone")} />
        ) : (
          <ErrorNote error={query.error} retry={() => void query.refetch()} />
        )}
      </>
    );
  }
  const nameOf = (id: string | null | undefined) => shift.people[id ?? ""] ?? null;
  const opened = t("shift.opened", { name: nameOf(shift.opened_by) ?? "–", time: time.moment(shift.opened_at) });
  const closed = shift.closed_at
    ? t("shift.closed", { name: nameOf(shift.closed_by) ?? "–", time: time.moment(shift.closed_at) })
    : t("shift.still_open");
  return (
    <>
      <PageHead
        title={`${shift.shift_number} · ${shift.drawer_name}`}
        lead={`${shift.outlet_code}. ${opened} ${closed}`}
        back={back}
      />
      <ShiftDetail
        shift={shift}
        figures={null}
        nameOf={nameOf}
        methodName={(method) => word(`method.${method as "cash"}`)}
        time={time}
      />
    </>
  );
}
