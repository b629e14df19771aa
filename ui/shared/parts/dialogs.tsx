import { Button, Group, Modal, Stack, Text, Textarea, UnstyledButton } from "@mantine/core";
import { IconArrowBackUp, IconX } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { useText } from "../text/provider";
import classes from "./dialogs.module.css";
import { ErrorNote } from "./error-note";
import { SaveButton } from "./save-button";

/** One question before something that cannot be undone. It names the thing; the button is the verb. */
export interface Question {
  title: string;
  body?: ReactNode;
  verb: string;
  /** Red, for what destroys something. */
  danger?: boolean;
  /** Asks for a reason with this label, which `act` gets. */
  reason?: string;
  act: (reason: string) => Promise<unknown>;
}

/** Something that has been done, and how to undo it. */
interface Undoable {
  text: string;
  undo: (() => Promise<unknown>) | null;
}

interface Dialogs {
  ask: (question: Question) => void;
  offerUndo: (text: string, undo: () => Promise<unknown>) => void;
  /** Says what came of something, where an undo would be offered. */
  tell: (text: string) => void;
}

const DialogsContext = createContext<Dialogs | null>(null);

/** How long an undo is offered. */
const UNDO_MS = 10_000;

/** Gives the pages of a console questions and the undo bar. */
export function DialogsProvider({ children }: { children: ReactNode }) {
  const [question, setQuestion] = useState<Question | null>(null);
  const [opened, setOpened] = useState(false);
  const [undoable, setUndoable] = useState<Undoable | null>(null);
  const ask = useCallback((next: Question) => {
    setQuestion(next);
    setOpened(true);
  }, []);
  const offerUndo = useCallback((text: string, undo: () => Promise<unknown>) => setUndoable({ text, undo }), []);
  const tell = useCallback((text: string) => setUndoable({ text, undo: null }), []);
  const closeUndo = useCallback((closed: Undoable) => setUndoable((now) => (now === closed ? null : now)), []);
  const dialogs = useMemo(() => ({ ask, offerUndo, tell }), [ask, offerUndo, tell]);
  return (
    <DialogsContext.Provider value={dialogs}>
      {children}
      {question !== null && <QuestionDialog question={question} opened={opened} close={() => setOpened(false)} />}
      <div aria-live="polite">
        {undoable !== null && <UndoBar key={undoable.text} undoable={undoable} closed={closeUndo} />}
      </div>
    </DialogsContext.Provider>
  );
}

/** Asks before an action, and offers to undo one. */
export function useDialogs(): Dialogs {
  const found = useContext(DialogsContext);
  if (found === null) throw new Error("DialogsProvider is missing");
  return found;
}

function QuestionDialog({ question, opened, close }: { question: Question; opened: boolean; close: () => void }) {
  const t = useText();
  const [reason, setReason] = useState("");
  const acting = useMutation({ mutationFn: () => question.act(reason.trim()), onSuccess: close });
  const { reset } = acting;
  useEffect(() => {
    if (!opened) return;
    setReason("");
    reset();
  }, [opened, reset]);
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={question.title}
      closeButtonProps={{ "aria-label": t("action.close") }}
      classNames={{ title: classes.title ?? "" }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!acting.isPending) acting.mutate();
        }}
      >
        <Stack gap="md">
          {typeof question.body === "string" ? <Text>{question.body}</Text> : question.body}
          {question.reason !== undefined && (
            <Textarea
              label={question.reason}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
              autosize
              minRows={2}
              maxLength={200}
              required
              withAsterisk={false}
              data-autofocus
            />
          )}
          {acting.isError && <ErrorNote error={acting.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t("action.back")}
            </Button>
            <SaveButton
              pending={acting.isPending}
              busy={t("action.working")}
              color={question.danger ? "bad" : "primary"}
            >
              {question.verb}
            </SaveButton>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function UndoBar({ undoable, closed }: { undoable: Undoable; closed: (which: Undoable) => void }) {
  const t = useText();
  // The result of the undo replaces its offer, and stays.
  const close = useCallback(() => closed(undoable), [closed, undoable]);
  const { undo } = undoable;
  const undoing = useMutation({
    mutationFn: async () => undo?.(),
    onSuccess: close,
  });
  const waits = undoing.isIdle;
  useEffect(() => {
    if (!waits) return;
    const timer = setTimeout(close, UNDO_MS);
    return () => clearTimeout(timer);
  }, [waits, close]);
  return (
    <div className={classes.bar}>
      <div className={classes.words}>
        <Text className="name">{undoable.text}</Text>
        {undoing.isError && <Text c="bad">{undoing.error.message}</Text>}
      </div>
      {undo !== null && (
        <SaveButton
          type="button"
          variant="subtle"
          pending={undoing.isPending}
          busy={t("action.working")}
          leftSection={<IconArrowBackUp size={20} aria-hidden />}
          onClick={() => undoing.mutate()}
        >
          {t("action.undo")}
        </SaveButton>
      )}
      <UnstyledButton className={classes.close} aria-label={t("action.close")} onClick={close}>
        <IconX size={20} aria-hidden />
      </UnstyledButton>
    </div>
  );
}
