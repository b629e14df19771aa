import { Empty } from "@shared/parts/empty";
import { Link } from "@tanstack/react-router";
import { useText } from "../text";

export function NotFound() {
  const t = useText();
  return (
    <Empty title={t("not_found")}>
      <Link to="/">{t("not_found.home")}</Link>
    </Empty>
  );
}
