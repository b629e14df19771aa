import { Button, CopyButton, Stack, Text, Title } from "@mantine/core";
import { ErrorNote } from "@shared/parts/error-note";
import { useNow } from "@shared/parts/late";
import { Card } from "@shared/parts/page-head";
import { Qr } from "@shared/parts/qr";
import { SaveButton } from "@shared/parts/save-button";
import { useTime } from "@shared/time";
import { IconCheck, IconCircle, IconCircleCheckFilled, IconCircleDashed, IconCopy } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { type EnrollmentCode, newEnrollCode, type OutletDetail } from "../api/outlets";
import { useOutlet } from "../api/queries";
import { useText } from "../text";
import classes from "./enrollment.module.css";

/** How often to look whether the outlet has joined, if no event says so earlier. */
const LOOK_MS = 3_000;

/** The address that outlets reach this hub by. */
const hubAddress = () => `${window.location.origin}/v1`;

/** An enrollment code to carry to the outlet, and how far the outlet has come with it. */
export function Enrollment({ outletId, code }: { outletId: string; code: EnrollmentCode | null }) {
  const [newest, setNewest] = useState(code);
  const outlet = useOutlet(outletId, { refetchInterval: LOOK_MS });
  const renew = useMutation({ mutationFn: () => newEnrollCode(outletId), onSuccess: setNewest });
  const enrolled = outlet.data !== undefined && isEnrolled(outlet.data);
  return (
    <Card>
      <div className={enrolled ? "" : classes.panel}>
        {!enrolled && (
          <CodePanel code={newest} renew={() => renew.mutate()} renewing={renew.isPending} error={renew.error} />
        )}
        <Stack gap="lg">
          {!enrolled && newest !== null && <HowTo code={newest} />}
          {outlet.error !== null && <ErrorNote error={outlet.error} />}
          <Progress outlet={outlet.data} hasCode={newest !== null || outlet.data?.enroll_expires_at != null} />
        </Stack>
      </div>
    </Card>
  );
}

/** A new code is issued when a machine is replaced; until it is used, the outlet is enrolled with the old one. */
const isEnrolled = (outlet: OutletDetail) => outlet.enrolled_at != null && outlet.enroll_expires_at == null;

interface CodeProps {
  code: EnrollmentCode | null;
  renew: () => void;
  renewing: boolean;
  error: unknown;
}

function CodePanel({ code, renew, renewing, error }: CodeProps) {
  const t = useText();
  const time = useTime();
  const now = useNow(10_000);
  const again = (
    <SaveButton type="button" variant={code === null ? "filled" : "default"} pending={renewing} onClick={renew}>
      {t("enroll.renew")}
    </SaveButton>
  );
  if (code === null) {
    return (
      <div className={classes.side}>
        <Text c="dimmed" maw={260}>
          {t("enroll.hidden")}
        </Text>
        {again}
        {error !== null && <ErrorNote error={error} />}
      </div>
    );
  }
  const over = Date.parse(code.enroll_expires_at) <= now;
  return (
    <div className={classes.side}>
      {over ? (
        <Text c="dimmed" maw={260}>
          {t("enroll.over")}
        </Text>
      ) : (
        <>
          <Qr text={`${hubAddress()}\n${code.enroll_code}`} label={t("enroll.qr")} size={220} />
          <span className={classes.code}>{code.enroll_code}</span>
          <Text c="dimmed" size="xs">
            {t("enroll.until", { at: time.moment(code.enroll_expires_at) })}
          </Text>
          <Copy text={code.enroll_code} verb={t("enroll.copy")} />
        </>
      )}
      {over && again}
      {error !== null && <ErrorNote error={error} />}
    </div>
  );
}

function HowTo({ code }: { code: EnrollmentCode }) {
  const t = useText();
  return (
    <div>
      <Title order={2} mb={4}>
        {t("enroll.how")}
      </Title>
      <Text c="dimmed">{t("enroll.how.console")}</Text>
      <Copied text={hubAddress()} verb={t("enroll.copy_address")} />
      <Text c="dimmed" mt="md">
        {t("enroll.how.terminal")}
      </Text>
      <Copied text={`gerai enroll --hub ${hubAddress()} --code ${code.enroll_code}`} verb={t("enroll.copy_command")} />
    </div>
  );
}

function Copied({ text, verb }: { text: string; verb: string }) {
  return (
    <>
      <code className={classes.command}>{text}</code>
      <Copy text={text} verb={verb} />
    </>
  );
}

function Copy({ text, verb }: { text: string; verb: string }) {
  const t = useText();
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button
          variant="default"
          leftSection={copied ? <IconCheck size={20} aria-hidden /> : <IconCopy size={20} aria-hidden />}
          onClick={copy}
        >
          {copied ? t("action.copied") : verb}
        </Button>
      )}
    </CopyButton>
  );
}

type Step = "code" | "enrolled" | "batch" | "sale";

function Progress({ outlet, hasCode }: { outlet: OutletDetail | undefined; hasCode: boolean }) {
  const t = useText();
  const time = useTime();
  if (outlet === undefined) return null;
  const enrolled = isEnrolled(outlet);
  const joined = enrolled ? outlet.enrolled_at : null;
  const sale = enrolled ? outlet.first_sale_at : null;
  const steps: { id: Step; done: boolean; note: string | null }[] = [
    { id: "code", done: hasCode || enrolled, note: null },
    { id: "enrolled", done: enrolled, note: joined == null ? null : time.moment(joined) },
    { id: "batch", done: enrolled && outlet.batch_no > 0, note: null },
    { id: "sale", done: sale != null, note: sale == null ? null : time.moment(sale) },
  ];
  const now = steps.findIndex((step) => !step.done);
  return (
    <div>
      <Title order={2} mb="xs">
        {now === -1 ? t("enroll.done") : t("enroll.progress")}
      </Title>
      <ol className={classes.steps} aria-live="polite">
        {steps.map((step, at) => (
          <li
            key={step.id}
            className={classes.step}
            data-done={step.done}
            data-now={at === now}
            aria-current={at === now ? "step" : undefined}
          >
            {step.done ? (
              <IconCircleCheckFilled size={28} aria-hidden />
            ) : at === now ? (
              <IconCircleDashed size={28} aria-hidden />
            ) : (
              <IconCircle size={28} aria-hidden />
            )}
            <div>
              <p className={classes.stepTitle}>{t(`enroll.step.${step.id}`)}</p>
              <p className={classes.stepNote}>
                {step.note ?? (step.done ? t("enroll.step.done") : at === now ? t(`enroll.wait.${step.id}`) : "")}
              </p>
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}
