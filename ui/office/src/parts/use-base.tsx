import { Button, Group, Text } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { Card } from "@shared/parts/page-head";
import { useEffect, useState } from "react";
import { useText } from "../text";

/**
 * The version of a row that a form edits. A version that somebody else has made meanwhile is shown at once while nothing is typed;
 * otherwise it is offered, so that neither person loses anything.
 */
export function useBase<Row extends { version: number }, Values>(
  row: Row | null,
  form: UseFormReturnType<Values>,
  valuesOf: (row: Row) => Values,
) {
  const [base, setBase] = useState(row);
  const adopt = (next: Row) => {
    setBase(next);
    form.setInitialValues(valuesOf(next));
    form.reset();
  };
  /** A version that this page has just made of something outside the form: what is typed stays. */
  const follow = (next: Row) => setBase((before) => (before?.version === next.version - 1 ? next : before));
  const newer = row !== null && base !== null && row.version > base.version;
  const untouched = newer && !form.isDirty();
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another version is adopted.
  useEffect(() => {
    if (untouched && row !== null) adopt(row);
  }, [untouched, row?.version]);
  const notice = newer && !untouched && <Newer load={() => adopt(row)} />;
  return { base, adopt, follow, notice };
}

function Newer({ load }: { load: () => void }) {
  const t = useText();
  return (
    <Card>
      <Group justify="space-between">
        <Text>{t("form.newer")}</Text>
        <Button variant="default" onClick={load}>
          {t("form.load_newer")}
        </Button>
      </Group>
    </Card>
  );
}
