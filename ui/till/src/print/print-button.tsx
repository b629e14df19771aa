import { Button } from "@mantine/core";
import { data, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { ErrorNote } from "@shared/parts/error-note";
import { IconCircleCheck, IconClock, IconPrinter } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { v7 } from "uuid";
import { isUnanswered } from "../api/orders";
import classes from "./print-sheet.module.css";
import { usePrintText } from "./text";

export type Job = components["schemas"]["PrintJob"];

interface Props {
  /** Prints the paper; a repeated key prints nothing new. */
  send: (key: string) => Promise<Job>;
  children: string;
  /** Beside other things on a page, not the action of a sheet. */
  minor?: boolean;
}

/** A paper is on its way for at most a few seconds. */
const LOOK_MS = 1_000;

/** Prints a paper, and says what became of it. */
export function PrintButton({ send, children, minor = false }: Props) {
  const key = useRef(v7());
  const print = useMutation({
    mutationFn: () => send(key.current),
    // A paper without an answer may be on its way: only the same command may be sent again.
    onSettled: (_, thrown) => {
      if (!isUnanswered(thrown)) key.current = v7();
    },
  });
  return (
    <>
      <Button
        size="lg"
        fullWidth={!minor}
        variant={minor ? "default" : "filled"}
        leftSection={<IconPrinter size={22} aria-hidden />}
        loading={print.isPending}
        onClick={() => print.mutate()}
      >
        {children}
      </Button>
      <div role="status">{print.data !== undefined && <State key={print.data.id} job={print.data} />}</div>
      {print.isError && <ErrorNote error={print.error} />}
    </>
  );
}

/** What became of a paper. */
function State({ job }: { job: Job }) {
  const t = usePrintText();
  const { data: now = job } = useQuery({
    queryKey: ["printers", "job", job.id],
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/print-jobs/{id}", { params: { path: { id: job.id } }, signal })),
    initialData: job,
    refetchInterval: ({ state }) => (state.data?.state === "done" ? false : LOOK_MS),
  });
  const name = now.printer_name ?? "";
  const done = now.state === "done";
  const failed = now.state === "failed" || now.state === "expired" || (now.attempts > 0 && now.error != null);
  return (
    <p className={classes.state} data-state={done ? "done" : failed ? "failed" : "waits"}>
      {done ? <IconCircleCheck size={22} aria-hidden /> : <IconClock size={22} aria-hidden />}
      <span className="name">
        {done ? t("print.done", { name }) : failed ? t("print.waits", { name }) : t("print.sent", { name })}
      </span>
    </p>
  );
}
