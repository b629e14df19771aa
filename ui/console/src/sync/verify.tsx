import { Button, Group, Progress, Stack, Text } from "@mantine/core";
import { data, outlet } from "@shared/api/client";
import { grouped } from "@shared/money";
import { useDialogs } from "@shared/parts/dialogs";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { Card, Section } from "@shared/parts/page-head";
import { SaveButton } from "@shared/parts/save-button";
import { Skeletons } from "@shared/parts/skeletons";
import { StateBadge } from "@shared/parts/state-badge";
import { IconCircleOff, IconListCheck } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Job, NewJob } from "../api/types";
import { useShopTime } from "../status";
import { type TextId, useText } from "../text";
import { useWords } from "../words";
import classes from "./verify.module.css";

const KEY = ["sync", "jobs"];
/** Differences in the report of a job; the rest is counted. */
const SHOWN = 50;

const startJob = (job: NewJob): Promise<Job> => data(outlet.POST("/api/v1/jobs", { body: job }));

/** Compares everything with head office, with progress and cancel, and repairs what differs. */
export function VerifyPage() {
  const t = useText();
  const queries = useQueryClient();
  const { ask } = useDialogs();
  const jobs = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/jobs", { signal })),
    // Progress between two events.
    refetchInterval: (query) => (query.state.data?.some((job) => job.state === "running") ? 1_000 : false),
  });
  const starting = useMutation({
    mutationFn: startJob,
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
  const running = (kind: NewJob["kind"]) =>
    jobs.data?.some((job) => job.kind === kind && job.state === "running") ?? false;
  return (
    <Stack gap="md">
      <div className={classes.choices}>
        <Card>
          <Text fw={600}>{t("verify.verify")}</Text>
          <Text c="dimmed" mb="sm">
            {t("verify.verify.hint")}
          </Text>
          <SaveButton
            type="button"
            pending={starting.isPending && starting.variables?.kind === "verify"}
            busy={t("action.working")}
            disabled={running("verify")}
            onClick={() => starting.mutate({ kind: "verify" })}
          >
            {t("verify.verify.start")}
          </SaveButton>
        </Card>
        <Card>
          <Text fw={600}>{t("verify.resync")}</Text>
          <Text c="dimmed" mb="sm">
            {t("verify.resync.hint")}
          </Text>
          <Button
            variant="outline"
            disabled={running("resync")}
            onClick={() =>
              ask({
                title: t("verify.resync.title"),
                body: t("verify.resync.body"),
                verb: t("verify.resync.start"),
                act: async () => {
                  await startJob({ kind: "resync", scope: "all" });
                  await queries.invalidateQueries({ queryKey: KEY });
                },
              })
            }
          >
            {t("verify.resync.start")}
          </Button>
        </Card>
      </div>
      {starting.isError && <ErrorNote error={starting.error} />}
      <Section title={t("verify.jobs")}>
        {jobs.isPending && <Skeletons rows={2} height={88} />}
        {jobs.isError && <ErrorNote error={jobs.error} retry={() => void jobs.refetch()} />}
        {jobs.data?.length === 0 && <Empty title={t("verify.none")} icon={<IconListCheck size={32} aria-hidden />} />}
        <Stack gap="sm">
          {jobs.data?.map((job) => (
            <JobCard key={job.id} job={job} />
          ))}
        </Stack>
      </Section>
    </Stack>
  );
}

const KINDS: Record<string, TextId> = {
  verify: "verify.verify",
  resync: "verify.resync",
};

function JobCard({ job }: { job: Job }) {
  const t = useText();
  const time = useShopTime();
  const queries = useQueryClient();
  const cancelling = useMutation({
    mutationFn: () => outlet.DELETE("/api/v1/jobs/{id}", { params: { path: { id: job.id } } }),
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
  const kind = KINDS[job.kind];
  const progress =
    job.total == null
      ? t("verify.progress_of_unknown", { done: grouped(job.done) })
      : t("verify.progress", { done: grouped(job.done), total: grouped(job.total) });
  return (
    <Card>
      <Group justify="space-between" gap="xs">
        <div>
          <Text fw={600}>{kind === undefined ? job.kind : t(kind)}</Text>
          <Text c="dimmed" size="xs">
            {time.moment(job.started_at)}
          </Text>
        </div>
        <State job={job} />
      </Group>
      {job.state === "running" && (
        <Group gap="md" mt="sm" wrap="nowrap">
          <div className={classes.progress}>
            <Progress
              value={!job.total ? 0 : Math.min(100, (100 * job.done) / job.total)}
              aria-label={progress}
              transitionDuration={120}
            />
            <Text c="dimmed" size="xs" mt={4} className="figures">
              {progress}
            </Text>
          </div>
          <SaveButton
            type="button"
            variant="outline"
            pending={cancelling.isPending}
            busy={t("action.working")}
            onClick={() => cancelling.mutate()}
          >
            {t("verify.cancel")}
          </SaveButton>
        </Group>
      )}
      {cancelling.isError && <ErrorNote error={cancelling.error} />}
      {job.error && (
        <Text mt="xs" className="name">
          {job.error.message}
        </Text>
      )}
      {job.result && <Report job={job} report={job.result} />}
    </Card>
  );
}

function State({ job }: { job: Job }) {
  const t = useText();
  switch (job.state) {
    case "running":
      return <StateBadge tone="info">{t("verify.running")}</StateBadge>;
    case "failed":
      return <StateBadge tone="bad">{t("verify.failed")}</StateBadge>;
    case "cancelled":
      return (
        <StateBadge tone="neutral" icon={IconCircleOff}>
          {t("verify.cancelled")}
        </StateBadge>
      );
    case "done": {
      const count = job.result?.differences?.length ?? 0;
      return count === 0 ? (
        <StateBadge tone="ok">{t("verify.done")}</StateBadge>
      ) : (
        <StateBadge tone="wait">{t("verify.differences", { count })}</StateBadge>
      );
    }
  }
}

/** What a comparison found, and the button that repairs it. */
function Report({ job, report }: { job: Job; report: NonNullable<Job["result"]> }) {
  const t = useText();
  const words = useWords();
  const queries = useQueryClient();
  const repairing = useMutation({
    mutationFn: () => startJob({ kind: "verify", repair: true }),
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
  const { differences = [], compared } = report;
  if (compared === undefined) return null;
  return (
    <div className={classes.report}>
      <Text>
        {differences.length === 0
          ? t("verify.same", { compared: grouped(compared) })
          : t("verify.found", { compared: grouped(compared), count: grouped(differences.length) })}
      </Text>
      {differences.length > 0 && (
        <>
          <ul className={classes.differences}>
            {differences.slice(0, SHOWN).map((difference) => (
              <li key={`${difference.entity_type} ${difference.entity_id}`} className="name">
                {words.entity(difference.entity_type)} {difference.entity_id}: {t(`difference.${difference.kind}`)}
              </li>
            ))}
          </ul>
          {differences.length > SHOWN && (
            <Text c="dimmed">{t("verify.more", { count: differences.length - SHOWN })}</Text>
          )}
          {report.repairing ? (
            <Text>{t("verify.repairing")}</Text>
          ) : (
            job.kind === "verify" && (
              <SaveButton
                type="button"
                pending={repairing.isPending}
                busy={t("action.working")}
                onClick={() => repairing.mutate()}
              >
                {t("verify.repair")}
              </SaveButton>
            )
          )}
          {repairing.isError && <ErrorNote error={repairing.error} />}
        </>
      )}
    </div>
  );
}
