import { CloseButton, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import type { RefObject } from "react";
import { useText } from "../text";
import classes from "./search-field.module.css";

interface Props {
  field: RefObject<HTMLInputElement | null>;
  query: string;
  change: (query: string) => void;
  enter: () => void;
}

export function SearchField({ field, query, change, enter }: Props) {
  const t = useText();
  return (
    <TextInput
      ref={field}
      className={classes.field ?? ""}
      type="search"
      enterKeyHint="done"
      autoComplete="off"
      spellCheck={false}
      aria-label={t("search")}
      title={t("search.key")}
      placeholder={t("search.hint")}
      leftSection={<IconSearch size={20} aria-hidden />}
      value={query}
      maxLength={100}
      onChange={(event) => change(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") enter();
        if (event.key === "Escape") {
          change("");
          event.currentTarget.blur();
        }
      }}
      rightSection={
        query === "" ? null : (
          <CloseButton
            size={44}
            aria-label={t("search.clear")}
            onClick={() => {
              change("");
              field.current?.focus();
            }}
          />
        )
      }
    />
  );
}
