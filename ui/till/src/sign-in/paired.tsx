import { Button } from "@mantine/core";
import { ErrorNote } from "@shared/parts/error-note";
import { IconArrowLeft } from "@tabler/icons-react";
import { useState } from "react";
import { lastUser, type Me, type Name, useNames } from "../api/session";
import { useSince, useWide } from "../parts/hooks";
import { PinPad } from "../parts/pin-pad";
import { useText, useWord } from "../text";
import classes from "./paired.module.css";
import { useLogIn } from "./use-log-in";

/** Names, and a PIN pad beside them. The name that was here last is chosen. `keeper` is the only one who may log in, if there is one. */
export function PairedSignIn({ keeper }: { keeper: Me["user"] | null }) {
  const t = useText();
  const wide = useWide();
  const names = useNames(true);
  const [chosen, setChosen] = useState(lastUser.get());
  const people = names.data?.filter(({ id }) => keeper === null || id === keeper.id);
  const user = people?.find(({ username }) => username === chosen);
  if (people === undefined) {
    return names.error === null ? null : <ErrorNote error={names.error} retry={() => void names.refetch()} />;
  }
  return (
    <div className={classes.columns} data-chosen={user !== undefined}>
      {(wide || user === undefined) && (
        <ul className={classes.names} aria-label={t("sign_in.names")}>
          {people.map((name) => (
            <li key={name.id}>
              <NameButton name={name} chosen={name === user} choose={() => setChosen(name.username)} />
            </li>
          ))}
        </ul>
      )}
      {user === undefined ? (
        wide && <p className={classes.hint}>{t("sign_in.choose")}</p>
      ) : (
        <div>
          {!wide && (
            <Button
              variant="subtle"
              className={classes.back ?? ""}
              leftSection={<IconArrowLeft size={22} aria-hidden />}
              onClick={() => setChosen("")}
            >
              {t("sign_in.other")}
            </Button>
          )}
          <Pin key={user.id} user={user} />
        </div>
      )}
    </div>
  );
}

function NameButton({ name, chosen, choose }: { name: Name; chosen: boolean; choose: () => void }) {
  const word = useWord();
  return (
    <button type="button" className={classes.name} aria-pressed={chosen} onClick={choose}>
      <span className={classes.letter} aria-hidden>
        {[...name.name][0]?.toUpperCase()}
      </span>
      <span className={classes.words}>
        <span className={classes.person}>{name.name}</span>
        <span className={classes.role}>{word(`role.${name.role}`)}</span>
      </span>
    </button>
  );
}

function Pin({ user }: { user: Name }) {
  const t = useText();
  const [pin, setPin] = useState("");
  const command = useLogIn();
  const slow = useSince(command.isPending, 400);
  const enter = () => {
    if (pin.length < 4 || command.isPending) return;
    command.mutate({ username: user.username, pin }, { onError: () => setPin("") });
  };
  return (
    <div className={classes.pin}>
      <h2 className="name">{user.name}</h2>
      <PinPad pin={pin} change={setPin} enter={enter} disabled={command.isPending} />
      {command.error !== null && pin === "" && <ErrorNote error={command.error} />}
      <Button className={classes.enter ?? ""} fullWidth disabled={pin.length < 4 || command.isPending} onClick={enter}>
        {slow ? t("sign_in.checking") : t("sign_in.enter")}
      </Button>
    </div>
  );
}
