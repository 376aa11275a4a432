import { Button } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import type { UnsureText } from "../../app/api";
import { CorrectionForm } from "../../components/CorrectionForm";

/** The button that opens the correction of a text, for those who may. */
export function SetIntentButton({ open }: { open: () => void }) {
  if (!useMay("annotate")) return null;
  return (
    <Button size="compact-sm" variant="light" onClick={open}>
      Set the intent
    </Button>
  );
}

/** The correction of a text that the bot was unsure of. */
export function SetIntentForm({ text, intent, close }: { text: UnsureText; intent: string; close: () => void }) {
  const [conversation, message] = [text.conversation_id, text.message_id].map(encodeURIComponent);
  return (
    <CorrectionForm
      text={text.text}
      path={`conversations/${conversation ?? ""}/messages/${message ?? ""}/meaning`}
      intent={intent}
      entities={[]}
      close={close}
    />
  );
}
