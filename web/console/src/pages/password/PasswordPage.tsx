import { Alert, Button, PasswordInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ask, type Me, rememberCsrf } from "../../app/api";

const SHORTEST = 12;

/** Another password for whoever is signed in. This browser stays signed in, every other one is out. */
export function OwnPasswordPage() {
  const queries = useQueryClient();
  const [old, setOld] = useState("");
  const [wanted, setWanted] = useState("");
  const [again, setAgain] = useState("");
  const change = useMutation({
    mutationFn: () => ask<Me>("PUT", "me/password", { old, new: wanted }),
    onSuccess: (me) => {
      rememberCsrf(me.csrf_token);
      queries.setQueryData(["me"], me);
      for (const clear of [setOld, setWanted, setAgain]) clear("");
    },
  });
  const differs = again !== "" && wanted !== again;
  const field = (label: string, complete: string, value: string, set: (value: string) => void) => (
    <PasswordInput
      label={label}
      required
      withAsterisk={false}
      minLength={complete === "new-password" ? SHORTEST : 1}
      maxLength={256}
      autoComplete={complete}
      value={value}
      onChange={(event) => {
        set(event.currentTarget.value);
      }}
    />
  );
  return (
    <section className="sheet">
      <header className="sheet-head">
        <div>
          <h1>Your password</h1>
          <p className="quiet">You stay signed in here; wherever else you are signed in, you are signed out.</p>
        </div>
      </header>
      <form
        className="card own-password"
        onSubmit={(event) => {
          event.preventDefault();
          if (wanted === again) change.mutate();
        }}
      >
        {change.error && (
          <Alert color="red" role="alert">
            {change.error.message}
          </Alert>
        )}
        {change.isSuccess && (
          <Alert color="teal" role="status">
            Your password is changed.
          </Alert>
        )}
        {field("Password until now", "current-password", old, setOld)}
        {field(`New password, ${SHORTEST} characters or more`, "new-password", wanted, setWanted)}
        {field("New password once more", "new-password", again, setAgain)}
        {differs && <p role="alert">The two new passwords differ.</p>}
        <Button type="submit" loading={change.isPending} disabled={differs}>
          Change it
        </Button>
      </form>
    </section>
  );
}
