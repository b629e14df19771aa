import { Button } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useText } from "../text";
import classes from "./page.module.css";

interface Props {
  title: string;
  detail?: ReactNode;
  back?: () => void;
  /** The content uses the height that there is, and scrolls in itself. */
  fits?: boolean;
  children: ReactNode;
  /** The actions, always visible at the foot; the primary one comes last. */
  foot?: ReactNode;
}

/** A page about shifts: its head, its content, and its actions. */
export function Layout({ title, detail, back, fits = false, children, foot }: Props) {
  const t = useText();
  return (
    <main className={classes.page}>
      <header className={classes.head} data-back={back !== undefined}>
        {back !== undefined && (
          <Button
            variant="subtle"
            className={classes.back ?? ""}
            leftSection={<IconArrowLeft size={22} aria-hidden />}
            onClick={back}
          >
            {t("back")}
          </Button>
        )}
        <div className={classes.words}>
          <h1>{title}</h1>
          {detail !== undefined && <p>{detail}</p>}
        </div>
      </header>
      {/* What scrolls is reached with a keyboard. */}
      <div className={classes.main} data-fits={fits} {...(!fits && { tabIndex: 0 })}>
        {children}
      </div>
      {foot !== undefined && (
        <footer className={classes.foot}>
          <div>{foot}</div>
        </footer>
      )}
    </main>
  );
}
