import { Alert, Button, PasswordInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { request, type Me, rememberCsrf } from "../../app/api";
import { PageLayout } from "../../components/PageLayout";
import { ErrorAlert } from "../../components/states";

const SHORTEST = 12;

/** Changes the password of the signed-in person. This browser stays signed in; every other browser is signed out. */
export function PasswordPage() {
  const queries = useQueryClient();
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [again, setAgain] = useState("");
  const change = useMutation({
    mutationFn: () => request<Me>("PUT", "me/password", { old, new: fresh }),
    onSuccess: (me) => {
      rememberCsrf(me.csrf_token);
      queries.setQueryData(["me"], me);
      for (const clear of [setOld, setFresh, setAgain]) clear("");
    },
  });
  const differs = again !== "" && fresh !== again;
  const field = (label: string, autoComplete: string, value: string, set: (value: string) => void) => (
    <PasswordInput
      label={label}
      required
      withAsterisk={false}
      minLength={autoComplete === "new-password" ? SHORTEST : 1}
      maxLength={256}
      autoComplete={autoComplete}
      value={value}
      onChange={(event) => {
        set(event.currentTarget.value);
      }}
    />
  );
  return (
    <PageLayout title="Your password" lead="You stay signed in here and are signed out everywhere else.">
      <form
        className="card password-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (fresh === again) change.mutate();
        }}
      >
        <ErrorAlert error={change.error} />
        {change.isSuccess && (
          <Alert color="teal" role="status">
            Your password is changed.
          </Alert>
        )}
        {field("Current password", "current-password", old, setOld)}
        {field(`New password, ${SHORTEST} characters or more`, "new-password", fresh, setFresh)}
        {field("Repeat the new password", "new-password", again, setAgain)}
        {differs && <p role="alert">The two new passwords differ.</p>}
        <Button type="submit" loading={change.isPending} disabled={differs}>
          Change password
        </Button>
      </form>
    </PageLayout>
  );
}
