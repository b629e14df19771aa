import { Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** An empty page or list: one sentence, and one action if there is one. */
export function Empty({ title, children, icon }: { title: string; children?: ReactNode; icon?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py={48} px="md" ta="center">
      {icon !== undefined && <span style={{ color: "var(--muted)" }}>{icon}</span>}
      <Text c="dimmed" size="lg">
        {title}
      </Text>
      {typeof children === "string" ? <Text c="dimmed">{children}</Text> : children}
    </Stack>
  );
}
