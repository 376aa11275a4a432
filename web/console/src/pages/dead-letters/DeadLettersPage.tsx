import { Button } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { request, type DeadLetter, type DeadLetters } from "../../app/api";
import { PageLayout } from "../../components/PageLayout";
import { Empty, ErrorAlert, Loaded } from "../../components/states";
import { ACTIONS, Table } from "../../components/Table";
import { fullMoment } from "../../components/values/format";
import { LetterBody } from "./LetterBody";
import { listedInWords, retriedInWords } from "./letters";

/** Messages of the shop that could not be stored: why, and how often that was tried. */
export function DeadLettersPage() {
  const may = useMay("manage");
  const queries = useQueryClient();
  const letters = useQuery({
    queryKey: ["dead-letters"],
    queryFn: () => request<DeadLetters>("GET", "dead-letters"),
    refetchInterval: 10_000,
  });
  const retry = useMutation({
    mutationFn: async (number: number | "all") => {
      if (number === "all") return (await request<{ retried: number }>("POST", "dead-letters/retry", {})).retried;
      await request("POST", `dead-letters/${number}/retry`, {});
      return 1;
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["dead-letters"] }),
  });
  const some = letters.data?.deliveries.some(({ can_retry }) => can_retry) ?? false;
  return (
    <PageLayout
      title="Dead letters"
      lead="Messages of the shop that could not be stored, after ten tries or because of what they say."
      action={
        may &&
        some && (
          <Button
            variant="default"
            loading={retry.isPending}
            onClick={() => {
              retry.mutate("all");
            }}
          >
            Try all again
          </Button>
        )
      }
    >
      <ErrorAlert error={retry.error} />
      <p role="status" className="quiet">
        {retry.isSuccess && retriedInWords(retry.data)}
      </p>
      <Loaded query={letters} lines={4}>
        {({ deliveries, dead, waiting }) =>
          deliveries.length === 0 ? (
            <Empty title="No message was given up">{waiting} wait to be worked off.</Empty>
          ) : (
            <>
              <p className="quiet">{listedInWords({ shown: deliveries.length, dead, waiting })}</p>
              <div className="scroll">
                <Table head={["Source", "Topic", "Error", "Tries", "Received", ACTIONS]}>
                  {deliveries.map((letter) => (
                    <LetterRows
                      key={letter.number}
                      letter={letter}
                      busy={retry.isPending}
                      retry={() => {
                        retry.mutate(letter.number);
                      }}
                    />
                  ))}
                </Table>
              </div>
            </>
          )
        }
      </Loaded>
    </PageLayout>
  );
}

/** The letter, and its body below it once somebody has asked for it. */
function LetterRows({ letter, busy, retry }: { letter: DeadLetter; busy: boolean; retry: () => void }) {
  const may = useMay("manage");
  const [open, setOpen] = useState(false);
  const name = `${letter.topic} ${letter.number}`;
  return (
    <>
      <tr>
        <td>{letter.source_id}</td>
        <td>
          <strong>{letter.topic}</strong>
          <span className="quiet">{letter.delivery_id}</span>
        </td>
        <td className="letter-error">{letter.last_error}</td>
        <td>{letter.tries}</td>
        <td>
          <time dateTime={letter.received_at}>{fullMoment(letter.received_at)}</time>
        </td>
        <td>
          {!letter.can_retry && <span className="quiet">Its body is deleted.</span>}
          {may && letter.can_retry && (
            <div className="facts">
              <Button
                size="compact-sm"
                variant="subtle"
                aria-expanded={open}
                aria-label={`${open ? "Hide" : "Show"} the body of ${name}`}
                onClick={() => {
                  setOpen(!open);
                }}
              >
                {open ? "Hide" : "Show"}
              </Button>
              <Button
                size="compact-sm"
                variant="default"
                disabled={busy}
                aria-label={`Try again: ${name}`}
                onClick={retry}
              >
                Try again
              </Button>
            </div>
          )}
        </td>
      </tr>
      {open && (
        <tr>
          <td colSpan={6}>
            <LetterBody number={letter.number} name={name} />
          </td>
        </tr>
      )}
    </>
  );
}
