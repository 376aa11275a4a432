import { Button, PasswordInput } from "@mantine/core";
import { useMyName } from "@promobot/shared/session";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { request, type Person, type People } from "../../app/api";
import { Choice, Text } from "../../components/fields";
import { fullMoment } from "../../components/values/format";
import { PageLayout } from "../../components/PageLayout";
import { ErrorAlert, Loaded } from "../../components/states";
import { ACTIONS, StatusBadge, Table } from "../../components/Table";
import { AuditLog } from "./AuditLog";

const ROLES = ["viewer", "agent", "marketer", "admin"];

interface Change {
  name: string;
  role?: string;
  disabled?: boolean;
}

/** The accounts of the console, and the audit log. */
export function PeoplePage() {
  const people = useQuery({ queryKey: ["people"], queryFn: () => request<People>("GET", "people") });
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: ({ name, ...body }: Change) => request("PUT", `people/${encodeURIComponent(name)}`, body),
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <Loaded query={people} lines={4}>
      {(data) => (
        <PageLayout title="People" lead="A new role, a new password or a disabled account signs a person out at once.">
          <ErrorAlert error={change.error} />
          <Table head={["Name", "Role", "Since", ACTIONS]}>
            {data.people.map((person) => (
              <PersonRow key={person.name} person={person} change={change.mutate} />
            ))}
          </Table>
          <NewPerson />
          <AuditLog />
        </PageLayout>
      )}
    </Loaded>
  );
}

function PersonRow({ person, change }: { person: Person; change: (change: Change) => void }) {
  const mine = useMyName() === person.name;
  const disabled = person.disabled_at !== null;
  return (
    <tr>
      <td>
        <strong>{person.name}</strong>
        {disabled && <StatusBadge color="red">disabled</StatusBadge>}
      </td>
      <td>
        <Choice
          size="xs"
          aria-label={`Role of ${person.name}`}
          disabled={mine}
          value={person.role}
          data={ROLES}
          change={(role) => {
            change({ name: person.name, role });
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
              change({ name: person.name, disabled: !disabled });
            }}
          >
            {disabled ? "Enable" : "Disable"}
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
    mutationFn: () => request("POST", "people", { name, role, password }),
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
      <h2>Add a person</h2>
      <ErrorAlert error={add.error} />
      <div className="fields">
        <Text label="Name of the person" required maxLength={64} autoComplete="off" value={name} change={setName} />
        <Choice label="Role" value={role} data={ROLES} change={setRole} />
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
