import { Button, type ButtonProps } from "@mantine/core";
import type { ReactNode } from "react";
import { useText } from "../text/provider";
import { useLate } from "./late";
import classes from "./save-button.module.css";

interface Props extends Omit<ButtonProps, "children"> {
  pending: boolean;
  children: ReactNode;
  /** What the button says while it waits. */
  busy?: string;
  type?: "submit" | "button";
  form?: string;
  onClick?: () => void;
}

/** A button that says what it waits for, at the same width, once it takes more than 400 ms. A second tap does nothing. */
export function SaveButton({ pending, children, busy, type = "submit", onClick, ...rest }: Props) {
  const t = useText();
  const late = useLate(pending, 400);
  return (
    <Button
      {...rest}
      type={type}
      aria-busy={pending}
      onClick={(event) => {
        if (pending) event.preventDefault();
        else onClick?.();
      }}
    >
      <span className={classes.both}>
        <span data-hidden={late}>{children}</span>
        <span data-hidden={!late} aria-hidden={!late}>
          {busy ?? t("action.saving")}
        </span>
      </span>
    </Button>
  );
}
