import { Textarea } from "@mantine/core";
import { useText } from "../text";

export function NoteField({ note, change }: { note: string; change: (note: string) => void }) {
  const t = useText();
  return (
    <Textarea
      label={t("note")}
      placeholder={t("note.hint")}
      value={note}
      maxLength={500}
      rows={2}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}
