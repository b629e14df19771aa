import { Button } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useText } from "../text/provider";
import { useDialogs } from "./dialogs";

interface Props {
  /** The question, which names the thing. */
  title: string;
  /** What happens to things that use it. */
  body: string;
  remove: () => Promise<unknown>;
}

/** Deletes something after one question. */
export function DeleteButton({ title, body, remove }: Props) {
  const t = useText();
  const { ask } = useDialogs();
  const verb = t("action.delete");
  return (
    <Button
      variant="subtle"
      color="bad"
      leftSection={<IconTrash size={20} aria-hidden />}
      onClick={() => ask({ title, body, verb, danger: true, act: remove })}
    >
      {verb}
    </Button>
  );
}
