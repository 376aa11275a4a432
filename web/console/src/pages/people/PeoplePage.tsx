import { Alert, Badge, Button, NativeSelect, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Audit, ask, type Person } from "../../app/api";
import { useMyName } from "@promobot/shared/session";
import { fullMoment, words } from "../../components/format";
import { Empty, Failure, Loading } from "../../components/states";

const ROLES = ["viewer", "agent", "marketer", "admin"];

/** Who may sign in, and who did what. */
export function PeoplePage() {
  const people = useQuery({ queryKey: ["people"], queryFn: () => ask<{ people: Person[] }>("GET", "people") });
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: ({ name, ...body }: { name: string; role?: string; disabled?: boolean }) =>
      ask("PUT", `people/${encodeURIComponent(name)}`, body),
    onSettled: () => queries.invalidateQueries(),
  });
  if (people.error) return <Failure error={people.error} retry={() => void people.refetch()} />;
  if (!people.data) return <Loading lines={4} />;
  return (
    <section className="sheet">
      <header className="sheet-head">
        <div>
          <h1>People</h1>
          <p className="quiet">Whoever gets another role or password, or is shut out, is signed out at once.</p>
        </div>
      </header>
      {change.error && (
        <Alert color="red" role="alert">
          {change.error.message}
        </Alert>
      )}
      <table className="offers">
        <thead>
          <tr>
            <th>Name</th>
            <th>Role</th>
            <th>Since</th>
            <th>
              <span className="unseen">What may be done</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {people.data.people.map((person) => (
            <PersonRow key={person.name} person={person} change={change.mutate} />
          ))}
        </tbody>
      </table>
      <NewPerson />
      <AuditLog />
    </section>
  );
}

function PersonRow({
  person,
  change,
}: {
  person: Person;
  change: (wanted: { name: string; role?: string; disabled?: boolean }) => void;
}) {
  const mine = useMyName() === person.name;
  const out = person.disabled_at !== null;
  return (
    <tr>
      <td>
        <strong>{person.name}</strong>
        {out && (
          <Badge radius="sm" variant="light" color="red" tt="none">
            shut out
          </Badge>
        )}
      </td>
      <td>
        <NativeSelect
          size="xs"
          aria-label={`Role of ${person.name}`}
          disabled={mine}
          value={person.role}
          data={ROLES}
          onChange={(event) => {
            change({ name: person.name, role: event.currentTarget.value });
          }}
        />
      </td>
      <td>{fullMoment(person.created_at)}</td>
      <td>
        {mine ? (
          <span className="quiet">you</span>
        ) : (
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => {
              change({ name: person.name, disabled: !out });
            }}
          >
            {out ? "Let in again" : "Shut out"}
          </Button>
        )}
      </td>
    </tr>
  );
}

function NewPerson() {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [role, setRole] = useState("agent");
  const [password, setPassword] = useState("");
  const add = useMutation({
    mutationFn: () => ask("POST", "people", { name, role, password }),
    onSuccess: async () => {
      setName("");
      setPassword("");
      await queries.invalidateQueries();
    },
  });
  return (
    <form
      className="card"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <h2>Somebody new</h2>
      {add.error && (
        <Alert color="red" role="alert">
          {add.error.message}
        </Alert>
      )}
      <div className="fields">
        <TextInput
          label="Name of the person"
          required
          withAsterisk={false}
          maxLength={64}
          autoComplete="off"
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <NativeSelect
          label="Role"
          value={role}
          data={ROLES}
          onChange={(event) => {
            setRole(event.currentTarget.value);
          }}
        />
        <PasswordInput
          label="First password, 12 characters or more"
          required
          withAsterisk={false}
          minLength={12}
          maxLength={256}
          autoComplete="new-password"
          value={password}
          onChange={(event) => {
            setPassword(event.currentTarget.value);
          }}
        />
        <Button type="submit" loading={add.isPending}>
          Add
        </Button>
      </div>
    </form>
  );
}

function AuditLog() {
  const audit = useQuery({ queryKey: ["audit"], queryFn: () => ask<Audit>("GET", "audit"), refetchInterval: 10_000 });
  if (audit.error) return <Failure error={audit.error} retry={() => void audit.refetch()} />;
  if (!audit.data) return <Loading lines={3} />;
  if (audit.data.entries.length === 0) return <Empty title="Nobody has done anything yet" />;
  return (
    <div className="card">
      <h2>Audit log</h2>
      <table className="offers">
        <thead>
          <tr>
            <th>When</th>
            <th>Who</th>
            <th>Did</th>
            <th>To</th>
          </tr>
        </thead>
        <tbody>
          {audit.data.entries.map((entry) => (
            <tr key={entry.audit_id}>
              <td>{fullMoment(entry.at)}</td>
              <td>{entry.name}</td>
              <td>{words(entry.action)}</td>
              <td>{entry.subject}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
