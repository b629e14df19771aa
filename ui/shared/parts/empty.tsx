import { Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  title: string;
  children?: ReactNode;
  icon?: ReactNode;
  /** One of several lists on a page, which needs less space around it. */
  isPart?: boolean;
}

/** An empty page or list: one sentence, and one action if there is one. */
export function Empty({ title, children, icon, isPart = false }: Props) {
  return (
    <Stack align="center" gap="xs" py={isPart ? 16 : 48} px="md" ta="center">
      {icon !== undefined && <span style={{ color: "var(--muted)" }}>{icon}</span>}
      <Text c="dimmed" size="lg">
        {title}
      </Text>
      {typeof children === "string" ? (
        <Text c="dimmed">{children}</Text>
      ) : (
        children && <Stack mt="xs">{children}</Stack>
      )}
    </Stack>
  );
}
