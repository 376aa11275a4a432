import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ErrorAlert } from "../components/states";
import { request, type Me, rememberCsrf } from "./api";
import mark from "./mark.svg";

/** The form of name and password. */
export function SignIn() {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: () => request<Me>("POST", "login", { name, password }),
    onSuccess: (me) => {
      rememberCsrf(me.csrf_token);
      queries.setQueryData(["me"], me);
    },
  });
  return (
    <main className="sign-in">
      <form
        className="card"
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        <img src={mark} alt="" width="44" height="44" />
        <div>
          <h1>Promobot console</h1>
          <p className="quiet">Conversations, offers, and the decisions behind them.</p>
        </div>
        <ErrorAlert error={signIn.error} />
        <TextInput
          label="Name"
          autoComplete="username"
          required
          withAsterisk={false}
          autoFocus
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => {
            setPassword(event.currentTarget.value);
          }}
        />
        <Button type="submit" loading={signIn.isPending}>
          Sign in
        </Button>
      </form>
    </main>
  );
}
