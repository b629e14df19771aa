import { Skeleton, Stack } from "@mantine/core";
import { useText } from "../text/provider";
import { useLate } from "./late";

/** Placeholders of the final size: invisible for 300 ms, so that a fast answer shows no flicker. */
export function Skeletons({ rows = 6, height = 48 }: { rows?: number; height?: number }) {
  const t = useText();
  const late = useLate(true);
  return (
    <Stack gap="xs" role="status" aria-label={t("loading")} style={{ visibility: late ? "visible" : "hidden" }}>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders are all alike.
        <Skeleton key={row} height={height} animate={false} />
      ))}
    </Stack>
  );
}
