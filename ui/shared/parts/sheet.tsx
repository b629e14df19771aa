import { Button, Drawer, Group } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { useText } from "../text/provider";
import { ErrorNote } from "./error-note";
import { SaveButton } from "./save-button";
import classes from "./sheet.module.css";

interface Props {
  title: string;
  opened: boolean;
  close: () => void;
  children: ReactNode;
}

/** A layer at the right edge with one thing in it; the whole width on phones. */
export function Sheet({ title, opened, close, children }: Props) {
  const t = useText();
  return (
    <Drawer
      opened={opened}
      onClose={close}
      position="right"
      size={520}
      title={title}
      closeButtonProps={{ "aria-label": t("action.close"), size: 44, iconSize: 24 }}
      classNames={{ title: classes.title ?? "", body: classes.body ?? "", content: classes.content ?? "" }}
    >
      {children}
    </Drawer>
  );
}

interface FormProps {
  children: ReactNode;
  submit: (event: FormEvent<HTMLFormElement>) => void;
  pending: boolean;
  error: unknown;
  close: () => void;
  /** What is safe in spite of an error. Default: what was typed. */
  safe?: string;
  verb?: string;
  /** A destructive action, at the left of the foot. */
  other?: ReactNode;
}

/** A form in a {@link Sheet}: fields, the error beside the button, and the buttons at the foot. */
export function SheetForm({ children, submit, pending, error, safe, close, verb, other }: FormProps) {
  const t = useText();
  return (
    <form onSubmit={submit} className={classes.form} noValidate>
      <div className={classes.fields}>{children}</div>
      {error !== null && error !== undefined && <ErrorNote error={error} safe={safe ?? t("form.safe")} />}
      <SheetFoot>
        {other}
        <Group gap="xs" ml="auto">
          <Button variant="default" onClick={close}>
            {t("action.cancel")}
          </Button>
          <SaveButton pending={pending}>{verb ?? t("action.save")}</SaveButton>
        </Group>
      </SheetFoot>
    </form>
  );
}

/** What can be done in a {@link Sheet}; it stays at its foot. */
export function SheetFoot({ children }: { children: ReactNode }) {
  return <div className={classes.foot}>{children}</div>;
}
