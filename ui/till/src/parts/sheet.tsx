import { FocusTrap, Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useText } from "../text";
import { useKeys } from "./keys";
import { useLayer } from "./layers";
import classes from "./sheet.module.css";

interface Props {
  opened: boolean;
  close: () => void;
  title: ReactNode;
  children: ReactNode;
  /** The actions, always visible at the foot. */
  foot?: ReactNode;
  /** The primary action, on Enter. */
  enter?: () => void;
  wide?: boolean;
}

/** A layer over the page: from the bottom on phones, in the middle elsewhere. "Back" and Escape close it. */
export function Sheet({ opened, close, title, children, foot, enter, wide = false }: Props) {
  const t = useText();
  useLayer(opened, close);
  useKeys((key) => {
    if (key !== "Enter" || enter === undefined) return false;
    enter();
    return true;
  }, opened);
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={title}
      // The layer does it: of two sheets only the top one closes.
      closeOnEscape={false}
      size={wide ? 720 : 480}
      padding={0}
      closeButtonProps={{ "aria-label": t("action.close"), size: 44, iconSize: 24 }}
      overlayProps={{ backgroundOpacity: 0.45 }}
      classNames={{
        inner: classes.inner ?? "",
        content: classes.content ?? "",
        header: classes.header ?? "",
        title: classes.title ?? "",
        body: classes.body ?? "",
      }}
    >
      {/* Not the button that closes: Enter would press it. */}
      <FocusTrap.InitialFocus />
      <div className={classes.main}>{children}</div>
      {foot && <div className={classes.foot}>{foot}</div>}
    </Modal>
  );
}
