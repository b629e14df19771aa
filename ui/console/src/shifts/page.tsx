import { Button } from "@mantine/core";
import { data, outlet } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import { method } from "@shared/method";
import { ErrorNote } from "@shared/parts/error-note";
import { PageHead } from "@shared/parts/page-head";
import { type Shift, ShiftDetail } from "@shared/parts/shift-detail";
import { Skeletons } from "@shared/parts/skeletons";
import { IconCalculator } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { NotFound } from "../parts/not-found";
import { useNames } from "../people/names";
import { PrintPaper } from "../printers/print-paper";
import { useShopTime } from "../status";
import { useText } from "../text";
import { RecountSheet } from "./recount";

/** One shift: Z, what was moved and counted; a closed one can be counted again. */
export function ShiftPage() {
  const t = useText();
  const router = useRouter();
  const { id } = useParams({ from: "/shifts/$id" });
  const shift = useQuery({
    queryKey: ["orders", "shift", id],
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/shifts/{id}", { params: { path: { id } }, signal })),
  });
  const back = {
    label: t("place.shifts"),
    href: "/admin/shifts",
    go: () => void router.navigate({ to: "/shifts" }),
  };
  if (shift.data !== undefined) return <Found shift={shift.data} back={back} />;
  if (shift.error !== null && asApiError(shift.error).status === 404) return <NotFound />;
  return (
    <>
      <PageHead title={t("place.shifts")} back={back} />
      {shift.error === null ? (
        <Skeletons rows={5} height={88} />
      ) : (
        <ErrorNote error={shift.error} retry={() => void shift.refetch()} />
      )}
    </>
  );
}

function Found({ shift, back }: { shift: Shift; back: { label: string; href: string; go: () => void } }) {
  const t = useText();
  const time = useShopTime();
  const nameOf = useNames();
  const [recounting, setRecounting] = useState(false);
  const isOpen = shift.status === "open";
  const x = useQuery({
    queryKey: ["orders", "shift", shift.id, "report"],
    queryFn: ({ signal }) =>
      data(outlet.GET("/api/v1/shifts/{id}/report", { params: { path: { id: shift.id } }, signal })),
    enabled: isOpen,
  });
  const opened = t("shifts.opened", { name: nameOf(shift.opened_by) ?? "–", time: time.moment(shift.opened_at) });
  const closed = shift.closed_at
    ? t("shifts.closed_by", { name: nameOf(shift.closed_by) ?? "–", time: time.moment(shift.closed_at) })
    : t("shifts.still_open");
  return (
    <>
      <PageHead
        title={`${shift.shift_number} · ${shift.drawer_name}`}
        lead={`${opened} ${closed}`}
        back={back}
        actions={
          <>
            <PrintPaper
              print={(header, printer_id) =>
                outlet.POST("/api/v1/shifts/{id}/print", {
                  params: { path: { id: shift.id }, header },
                  body: { printer_id },
                })
              }
            >
              {t(isOpen ? "print.x" : "print.z")}
            </PrintPaper>
            {!isOpen && (
              <Button
                variant="default"
                leftSection={<IconCalculator size={20} aria-hidden />}
                onClick={() => setRecounting(true)}
              >
                {t("shifts.recount")}
              </Button>
            )}
          </>
        }
      />
      <ShiftDetail
        shift={shift}
        figures={x.data ?? null}
        nameOf={nameOf}
        methodName={(name) => t(method(name))}
        time={time}
      />
      {recounting && <RecountSheet shift={shift} close={() => setRecounting(false)} />}
    </>
  );
}
