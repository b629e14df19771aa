import { Title } from "@mantine/core";
import { useText } from "./text";

export function App() {
  const t = useText();
  return <Title>{t("app")}</Title>;
}
