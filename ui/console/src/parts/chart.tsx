import { Skeleton } from "@mantine/core";
import { type ComponentProps, lazy, Suspense } from "react";

const Drawn = lazy(() => import("../charts"));

/** A chart that is loaded when it is shown; its place is reserved. */
export function Chart(props: ComponentProps<typeof Drawn>) {
  return (
    <Suspense fallback={<Skeleton height={240} animate={false} />}>
      <Drawn {...props} />
    </Suspense>
  );
}
