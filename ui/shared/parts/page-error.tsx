import { Button } from "@mantine/core";
import { IconReload } from "@tabler/icons-react";
import { useText } from "../text/provider";
import { Empty } from "./empty";

/** A page that cannot be shown, such as one of an older version than the server's. */
export function PageError() {
  const t = useText();
  return (
    <Empty title={t("page.broken")} icon={<IconReload size={32} aria-hidden />}>
      <Button onClick={() => location.reload()}>{t("action.reload")}</Button>
    </Empty>
  );
}
