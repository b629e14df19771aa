import { ActionIcon, Button } from "@mantine/core";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { Sheet } from "@shared/parts/sheet";
import { quantityText } from "@shared/quantity";
import { useTime } from "@shared/time";
import { IconPrinter } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import clsx from "clsx";
import { printTicket, recallTicket, type Ticket, useRecent } from "./api";
import type { Place } from "./device";
import { useHead } from "./head";
import classes from "./list.module.css";
import { useText } from "./text";

/** Names of a ticket in the list; more are counted. */
const NAMES = 3;

interface Props {
  place: Place;
  now: number;
  may: (ticket: Ticket) => boolean;
  close: () => void;
}

/** The tickets that were bumped within the last 30 minutes, the newest first. */
export function RecallSheet({ place, now, may, close }: Props) {
  const t = useText();
  const time = useTime();
  const headOf = useHead();
  const queries = useQueryClient();
  const recent = useRecent(place);
  const recall = useMutation({
    mutationFn: recallTicket,
    onSuccess: close,
    onSettled: () => void queries.invalidateQueries({ queryKey: ["kitchen"] }),
  });
  const print = useMutation({ mutationFn: printTicket });
  return (
    <Sheet opened close={close} title={t("recall.title")}>
      {recent.error !== null && <ErrorNote error={recent.error} retry={() => void recent.refetch()} />}
      {recall.error !== null && <ErrorNote error={recall.error} />}
      {print.error !== null && <ErrorNote error={print.error} />}
      <p role="status" className={classes.note}>
        {print.isSuccess && t("recall.printed")}
      </p>
      {recent.data?.length === 0 && <Empty title={t("recall.empty")} />}
      <ul className={classes.list}>
        {recent.data?.map((ticket) => (
          <li key={ticket.id} className={classes.row}>
            <span className={clsx(classes.name, "name")}>
              {headOf(ticket)}
              {ticket.ready_at != null && ` · ${time.ago(ticket.ready_at, now)}`}
              <span className={classes.names}>{names(ticket)}</span>
            </span>
            {may(ticket) && (
              <ActionIcon
                variant="default"
                size={44}
                aria-label={t("recall.print", { name: headOf(ticket) })}
                disabled={print.isPending}
                onClick={() => print.mutate(ticket.id)}
              >
                <IconPrinter size={22} aria-hidden />
              </ActionIcon>
            )}
            {may(ticket) && (
              <Button
                variant="outline"
                data-testid="recall-ticket"
                disabled={recall.isPending}
                onClick={() => recall.mutate(ticket.id)}
              >
                {t("recall.act")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Sheet>
  );
}

/** `2 Soto, 1 Nasi, 1 Mie, +2` */
function names(ticket: Ticket): string {
  const lines = ticket.lines.filter((line) => line.state !== "void");
  const shown = lines.slice(0, NAMES).map((line) => `${quantityText(line)} ${line.name}`);
  return [...shown, ...(lines.length > NAMES ? [`+${lines.length - NAMES}`] : [])].join(", ");
}
