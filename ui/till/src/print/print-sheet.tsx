import { Button } from "@mantine/core";
import { data, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { ErrorNote } from "@shared/parts/error-note";
import { Qr } from "@shared/parts/qr";
import { IconCircleCheck, IconClock, IconPrinter, IconQrcode } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { v7 } from "uuid";
import { isUnanswered } from "../api/orders";
import { Sheet } from "../parts/sheet";
import { useText } from "../text";
import classes from "./print-sheet.module.css";
import { usePrintText } from "./text";

type Job = components["schemas"]["PrintJob"];

interface Props {
  orderId: string;
  /** A bill is printed until it is paid. */
  paid: boolean;
  close: () => void;
}

/** A paper is on its way for at most a few seconds; then the job is looked at less often. */
const LOOK_MS = 1_000;

/** Prints the receipt or the bill of an order, and shows the guest the receipt as a code. */
export default function PrintSheet({ orderId, paid, close }: Props) {
  const t = usePrintText();
  const common = useText();
  const key = useRef(v7());
  const print = useMutation({
    mutationFn: () =>
      data(
        outlet.POST("/api/v1/orders/{id}/print", {
          params: { path: { id: orderId }, header: { "Idempotency-Key": key.current } },
          body: { kind: paid ? "receipt" : "bill" },
        }),
      ),
    // A paper without an answer may be on its way: only the same command may be sent again.
    onSettled: (_, thrown) => {
      if (!isUnanswered(thrown)) key.current = v7();
    },
  });
  const link = useMutation({
    mutationFn: () =>
      data(
        outlet.POST("/api/v1/orders/{id}/receipt-link", {
          params: { path: { id: orderId }, header: { "Idempotency-Key": `link ${orderId}` } },
        }),
      ),
  });
  return (
    <Sheet
      opened
      close={close}
      title={t(paid ? "print.receipt" : "print.bill")}
      foot={
        <Button size="lg" fullWidth variant="default" onClick={close}>
          {common("action.close")}
        </Button>
      }
    >
      <div className={classes.acts}>
        <Button
          size="lg"
          fullWidth
          leftSection={<IconPrinter size={22} aria-hidden />}
          loading={print.isPending}
          onClick={() => print.mutate()}
        >
          {t(paid ? "print.receipt.act" : "print.bill.act")}
        </Button>
        <div role="status">{print.data !== undefined && <State key={print.data.id} job={print.data} />}</div>
        {print.isError && <ErrorNote error={print.error} />}
        {paid && link.data === undefined && (
          <Button
            size="lg"
            fullWidth
            variant="default"
            leftSection={<IconQrcode size={22} aria-hidden />}
            loading={link.isPending}
            onClick={() => link.mutate()}
          >
            {t("print.code")}
          </Button>
        )}
        {link.isError && <ErrorNote error={link.error} />}
        {link.data !== undefined && <Code link={link.data} />}
      </div>
    </Sheet>
  );
}

/** The guest scans it. Without an address for guests it is this till's, which they reach in the shop's Wi-Fi. */
function Code({ link }: { link: components["schemas"]["ReceiptLink"] }) {
  const t = usePrintText();
  const address = link.url ?? `${location.origin}${link.path}`;
  return (
    <div className={classes.code}>
      <Qr text={address} label={t("print.code.label")} />
      <p>{t(link.url ? "print.code.scan" : "print.code.wifi")}</p>
      <a href={link.path} target="_blank" rel="noreferrer">
        {t("print.code.open")}
      </a>
    </div>
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
