import { Button } from "@mantine/core";
import { Empty } from "@shared/parts/empty";
import { useRouter } from "@tanstack/react-router";
import { useText } from "../text";

/** An address without a page. */
export function NotFound() {
  const t = useText();
  const router = useRouter();
  return (
    <Empty title={t("not_found")}>
      <Button onClick={() => void router.navigate({ to: "/outlets" })}>{t("not_found.next")}</Button>
    </Empty>
  );
}
