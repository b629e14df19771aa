import { TextInput } from "@mantine/core";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { usePeople } from "../api/names";
import { useApproves, useHere } from "../me";
import { type TextId, useText } from "../text";
import { Chips } from "./chips";
import classes from "./grant.module.css";
import { PinPad } from "./pin-pad";

/** A reason, and the approval of a manager if the person at the till needs one. */
export interface Grant {
  /** What the command carries. */
  body: { reason?: string; approval?: { user_id: string; pin: string; reason: string } };
  /** What is missing, in words for the action; null if nothing is. */
  missing: string | null;
  needsApproval: boolean;
  reason: string;
  setReason: (reason: string) => void;
  approver: string | null;
  choose: (approver: string) => void;
  pin: string;
  setPin: (pin: string) => void;
}

/** Digits of the shortest PIN. */
const SHORTEST = 4;

export interface GrantNeeds {
  /** The command needs somebody who approves. */
  approval: boolean;
  /** The command needs a reason also without an approval. */
  reason: boolean;
}

export function useGrant(needs: GrantNeeds): Grant {
  const t = useText();
  const approves = useApproves();
  const needsApproval = needs.approval && !approves;
  const [reason, setReason] = useState("");
  const [approver, setApprover] = useState<string | null>(null);
  const [pin, setPin] = useState("");
  const words = reason.trim();
  const body: Grant["body"] =
    needsApproval && approver !== null
      ? { approval: { user_id: approver, pin, reason: words } }
      : words === ""
        ? {}
        : { reason: words };
  let missing = null;
  if (words === "" && (needsApproval || needs.reason)) missing = t("grant.reason_first");
  else if (needsApproval && approver === null) missing = t("grant.approver_first");
  else if (needsApproval && pin.length < SHORTEST) missing = t("grant.pin_first");
  const choose = (next: string) => {
    setApprover(next);
    setPin("");
  };
  return { body, missing, needsApproval, reason, setReason, approver, choose, pin, setPin };
}

interface FieldsProps {
  grant: Grant;
  /** Frequent reasons. */
  reasons: readonly TextId[];
  enter: () => void;
  disabled: boolean;
  /** Above the reasons: what the command does. */
  children?: ReactNode;
  /** What went wrong, under the fields. */
  problem?: ReactNode;
}

/** The fields of a grant: beside what the command does on wide screens, below it on phones. */
export function GrantFields({ grant, reasons, enter, disabled, children, problem }: FieldsProps) {
  const t = useText();
  return (
    <div className={classes.grant} data-approval={grant.needsApproval}>
      <div className={classes.what}>
        {children}
        <Chips
          label={t("grant.reason")}
          options={reasons.map((id) => ({ value: t(id), text: t(id) }))}
          chosen={grant.reason}
          choose={grant.setReason}
        />
        <TextInput
          label={t("grant.reason.other")}
          value={grant.reason}
          maxLength={200}
          onChange={(event) => grant.setReason(event.currentTarget.value)}
        />
        {!grant.needsApproval && problem}
      </div>
      {grant.needsApproval && (
        <Approver grant={grant} enter={enter} disabled={disabled}>
          {problem}
        </Approver>
      )}
    </div>
  );
}

interface ApproverProps {
  grant: Grant;
  enter: () => void;
  disabled: boolean;
  children: ReactNode;
}

function Approver({ grant, enter, disabled, children }: ApproverProps) {
  const t = useText();
  const isPaired = useHere().device !== null;
  const people = [...usePeople().values()];
  const approvers = people.filter(({ role }) => role === "manager" || role === "admin");
  const pad = useRef<HTMLDivElement>(null);
  // Below the reasons on phones.
  useEffect(() => {
    if (grant.approver !== null) pad.current?.scrollIntoView({ block: "end" });
  }, [grant.approver]);
  if (!isPaired) return <p className={classes.unpaired}>{t("grant.unpaired")}</p>;
  return (
    <div ref={pad} className={classes.approver}>
      <Chips
        label={t("grant.approver")}
        options={approvers.map(({ id, name }) => ({ value: id, text: name }))}
        chosen={grant.approver}
        choose={grant.choose}
      />
      {grant.approver !== null && (
        <PinPad
          key={grant.approver}
          pin={grant.pin}
          change={grant.setPin}
          enter={() => {
            if (grant.missing === null) enter();
          }}
          disabled={disabled}
        />
      )}
      {children}
    </div>
  );
}
