import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useIsAdmin } from "../api/session";
import { useText } from "../text";

/** The way to another outlet, for those who may add one. */
export function AddOutlet() {
  const t = useText();
  const router = useRouter();
  if (!useIsAdmin()) return null;
  return (
    <Button
      leftSection={<IconPlus size={20} aria-hidden />}
      onClick={() => void router.navigate({ to: "/outlets/new" })}
    >
      {t("outlets.add")}
    </Button>
  );
}
