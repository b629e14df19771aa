import { Text } from "@mantine/core";
import { Money } from "./money";

/** An amount in a table, and what explains it below. */
export function AmountCell({ amount, notes = [] }: { amount: number; notes?: readonly (string | false)[] }) {
  return (
    <>
      <Money amount={amount} />
      {notes.map(
        (note) =>
          note !== false && (
            <Text key={note} component="div" size="xs" c="dimmed" style={{ whiteSpace: "normal" }}>
              {note}
            </Text>
          ),
      )}
    </>
  );
}
