import { Anchor, Group, Text, Title } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./page-head.module.css";

interface Props {
  title: ReactNode;
  /** One sentence under the title. */
  lead?: ReactNode;
  /** Buttons; the primary one comes last. */
  actions?: ReactNode;
  /** The page above this one. */
  back?: { label: string; href: string; go: () => void };
}

/** The head of a page: its title and what can be done on it. */
export function PageHead({ title, lead, actions, back }: Props) {
  return (
    <div className={classes.head}>
      <div className={classes.words}>
        {back !== undefined && (
          <Anchor
            href={back.href}
            className={classes.back ?? ""}
            onClick={(event) => {
              event.preventDefault();
              back.go();
            }}
          >
            <IconArrowLeft size={20} aria-hidden />
            {back.label}
          </Anchor>
        )}
        <Title order={1} className="name">
          {title}
        </Title>
        {lead !== undefined && (
          <Text c="dimmed" mt={4}>
            {lead}
          </Text>
        )}
      </div>
      {actions !== undefined && (
        <Group gap="xs" className={classes.actions ?? ""}>
          {actions}
        </Group>
      )}
    </div>
  );
}

/** A part of a page with its own heading. */
export function Section({ title, actions, children }: { title: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.section}>
      <Group justify="space-between" gap="xs" mih={44}>
        <Title order={2}>{title}</Title>
        {actions}
      </Group>
      {children}
    </section>
  );
}

/** A surface that holds what belongs together. */
export function Card({ children }: { children: ReactNode }) {
  return <div className={classes.card}>{children}</div>;
}

/** What chooses the rows of a list, beside each other; below each other on phones. */
export function Filters({ children }: { children: ReactNode }) {
  return <div className={classes.filters}>{children}</div>;
}
