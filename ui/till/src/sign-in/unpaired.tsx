import { Button, PasswordInput, TextInput } from "@mantine/core";
import { ErrorNote } from "@shared/parts/error-note";
import { IconDeviceTablet } from "@tabler/icons-react";
import { useState } from "react";
import { lastUser, type Me } from "../api/session";
import { useSince } from "../parts/hooks";
import { useText } from "../text";
import classes from "./unpaired.module.css";
import { useLogIn } from "./use-log-in";

interface Props {
  /** The only one who may log in, if there is one. */
  keeper: Me["user"] | null;
  openPairing: () => void;
}

/** An unpaired device shows no names: user name and PIN are typed. */
export function UnpairedSignIn({ keeper, openPairing }: Props) {
  const t = useText();
  const [typed, setTyped] = useState(lastUser.get());
  const username = keeper?.username ?? typed;
  const [pin, setPin] = useState("");
  const command = useLogIn();
  const slow = useSince(command.isPending, 400);
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!command.isPending) command.mutate({ username: username.trim(), pin }, { onError: () => setPin("") });
      }}
    >
      <TextInput
        label={t("sign_in.username")}
        value={username}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={50}
        readOnly={keeper !== null}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <PasswordInput
        label={t("pin")}
        value={pin}
        inputMode="numeric"
        autoComplete="current-password"
        maxLength={8}
        visibilityToggleButtonProps={{ "aria-label": t("pin.show") }}
        onChange={(event) => setPin(event.currentTarget.value)}
      />
      {command.error !== null && <ErrorNote error={command.error} />}
      <Button
        type="submit"
        className={classes.enter ?? ""}
        fullWidth
        disabled={username.trim() === "" || pin === "" || command.isPending}
      >
        {slow ? t("sign_in.checking") : t("sign_in.enter")}
      </Button>
      <Button variant="subtle" size="lg" leftSection={<IconDeviceTablet size={22} aria-hidden />} onClick={openPairing}>
        {t("pair.open")}
      </Button>
    </form>
  );
}
