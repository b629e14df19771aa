import { Title } from "@mantine/core";
import { body, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { usePages } from "@shared/api/pages";
import { useDialogs } from "@shared/parts/dialogs";
import { Empty } from "@shared/parts/empty";
import { List } from "@shared/parts/list";
import { Numbered } from "@shared/parts/numbered";
import { StateBadge, type Tone } from "@shared/parts/state-badge";
import { IconReceipt, IconRefresh } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { v7 } from "uuid";
import { RowAction, RowActions } from "../parts/row-actions";
import { useShopTime } from "../status";
import { useText } from "../text";

type Job = components["schemas"]["PrintJob"];

const TONES: Record<Job["state"], Tone> = {
  queued: "wait",
  sending: "info",
  done: "ok",
  doubtful: "wait",
  expired: "bad",
  failed: "bad",
};

/** What was printed in the last week, and what waits: the newest first. */
export function Jobs() {
  const t = useText();
  const time = useShopTime();
  const queries = useQueryClient();
  const { ask } = useDialogs();
  const pages = usePages<Job>(["printers", "jobs"], (cursor, signal) =>
    body(outlet.GET("/api/v1/print-jobs", { params: { query: { limit: 50, ...(cursor && { cursor }) } }, signal })),
  );
  const retry = (job: Job) =>
    ask({
      title: t("jobs.retry.title", { name: job.title }),
      body: t(job.possible_copy ? "jobs.retry.marked" : "jobs.retry.body"),
      verb: t("jobs.retry"),
      act: async () => {
        const header = { "Idempotency-Key": v7() };
        await outlet.POST("/api/v1/print-jobs/{id}/retry", { params: { path: { id: job.id }, header } });
        await queries.invalidateQueries({ queryKey: ["printers"] });
      },
    });
  const printAgain = (ticket: string, title: string) =>
    ask({
      title: t("jobs.again.title", { name: title }),
      body: t("jobs.again.body"),
      verb: t("jobs.again"),
      act: async () => {
        const header = { "Idempotency-Key": v7() };
        await outlet.POST("/api/v1/kitchen/tickets/{id}/print", { params: { path: { id: ticket }, header } });
        await queries.invalidateQueries({ queryKey: ["printers"] });
      },
    });
  return (
    <section aria-label={t("jobs.title")}>
      <Title order={2} size="h3" mt="xl" mb="sm">
        {t("jobs.title")}
      </Title>
      <List
        label={t("jobs.title")}
        pages={pages}
        rowId={(job) => job.id}
        empty={<Empty title={t("jobs.empty")} icon={<IconReceipt size={32} aria-hidden />} isPart />}
        columns={[
          {
            id: "title",
            title: t("jobs.paper"),
            render: (job) => (
              <span className="name">
                <Numbered>{`${t(`job.kind.${job.kind}`)} ${job.title}`}</Numbered>
                {job.copy_no > 0 && ` · ${t("jobs.copy", { number: job.copy_no })}`}
              </span>
            ),
          },
          { id: "printer", title: t("jobs.printer"), render: (job) => job.printer_name ?? "–" },
          { id: "at", title: t("jobs.at"), minor: true, render: (job) => time.moment(job.made_at) },
          {
            id: "state",
            title: t("column.state"),
            plain: true,
            render: (job) => (
              <>
                <StateBadge tone={TONES[job.state]}>{t(`job.state.${job.state}`)}</StateBadge>
                {job.error && job.state !== "done" && <small> {t(`job.error.${job.error}`)}</small>}
              </>
            ),
          },
          {
            id: "actions",
            title: "",
            plain: true,
            render: (job) => {
              if (job.state === "sending") return null;
              // Other papers that came out are printed again from their order or shift.
              const ticket = job.kind === "ticket" ? job.ref : null;
              if (job.state === "done" && ticket == null) return null;
              const act = () => (job.state === "done" && ticket ? printAgain(ticket, job.title) : retry(job));
              return (
                <RowActions>
                  <RowAction icon={<IconRefresh size={20} aria-hidden />} onClick={() => void act()}>
                    {t(job.state === "done" ? "jobs.again" : "jobs.retry")}
                  </RowAction>
                </RowActions>
              );
            },
          },
        ]}
      />
    </section>
  );
}
