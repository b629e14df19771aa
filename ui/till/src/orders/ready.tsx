import { Button } from "@mantine/core";
import { body, data, outlet } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import type { components } from "@shared/api/generated/outlet";
import { ErrorNote } from "@shared/parts/error-note";
import { quantityText } from "@shared/quantity";
import { IconCheck } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { v7 } from "uuid";
import { useOnline } from "../api/reach";
import { now } from "../state/server-time";
import { useText, useWord } from "../text";
import { shortNumber } from "./number";
import classes from "./ready.module.css";

type Ticket = components["schemas"]["Ticket"];

/** Not every shop marks what was served: what was ready for longer is at its table. */
const SHOWN_MS = 30 * 60_000;
const KEY = ["kitchen", "ready"];

async function ready(signal: AbortSignal): Promise<Ticket[]> {
  const query = { state: "ready", limit: 500 } as const;
  const answer = await body(outlet.GET("/api/v1/kitchen/tickets", { params: { query }, signal }));
  const since = now() - SHOWN_MS;
  return answer.data.filter((ticket) => Date.parse(ticket.ready_at ?? "") > since);
}

/** What the stations have finished and nobody has brought to the guests. Nothing, if nothing waits. */
export function Ready() {
  const t = useText();
  const queries = useQueryClient();
  const online = useOnline();
  const { data: tickets = [] } = useQuery({ queryKey: KEY, queryFn: ({ signal }) => ready(signal) });
  const serve = useMutation({
    mutationFn: (id: string) => {
      const params = { path: { id }, header: { "Idempotency-Key": v7() } };
      return data(outlet.POST("/api/v1/kitchen/tickets/{id}/served", { params }));
    },
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
  if (tickets.length === 0 && serve.error === null) return null;
  return (
    <section className={classes.ready} aria-label={t("to_serve")}>
      <h2>{t("to_serve.count", { count: tickets.length })}</h2>
      {serve.error !== null && <ErrorNote error={asApiError(serve.error)} safe={t("order.safe")} />}
      <ul>
        {tickets.map((ticket) => (
          <li key={ticket.id}>
            <About ticket={ticket} />
            <Button
              variant="light"
              size="md"
              leftSection={<IconCheck size={20} aria-hidden />}
              disabled={!online || (serve.isPending && serve.variables === ticket.id)}
              onClick={() => serve.mutate(ticket.id)}
            >
              {t("to_serve.served")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function About({ ticket }: { ticket: Ticket }) {
  const t = useText();
  const word = useWord();
  const where = ticket.table_number
    ? t("table.named", { name: ticket.table_number })
    : [word(`type.${ticket.order_type}`), ticket.customer_name].filter(Boolean).join(" · ");
  const lines = ticket.lines.filter((line) => line.state !== "void");
  return (
    <p>
      <span className={classes.where}>
        <strong className="name">{where}</strong> <span>{shortNumber(ticket.order_number)}</span>
      </span>
      <span className="name">{lines.map((line) => `${quantityText(line)} ${line.name}`).join(", ")}</span>
    </p>
  );
}
