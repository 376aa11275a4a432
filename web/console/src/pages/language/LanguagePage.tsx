import { Button } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import { useState } from "react";
import { DownloadIcon } from "../../components/icons";
import { PageLayout } from "../../components/PageLayout";
import { ConfusionTab } from "./ConfusionTab";
import { InboxTab } from "./InboxTab";
import { PhraseTab } from "./PhraseTab";
import { SuggestionsTab } from "./SuggestionsTab";
import { TrainingTab } from "./TrainingTab";

const TABS = {
  Learn: SuggestionsTab,
  Inbox: InboxTab,
  Confusions: ConfusionTab,
  "New phrases": PhraseTab,
  "Training data": TrainingTab,
};
type TabName = keyof typeof TABS;

/** What the bot understands, and corrections that teach it more. */
export function LanguagePage() {
  const [tab, setTab] = useState<TabName>("Learn");
  const mayExport = useMay("export");
  const Shown = TABS[tab];
  return (
    <PageLayout
      title="Language"
      lead="What the bot did not understand, and what it learns from it. Corrections and new examples are learned, too."
      action={
        mayExport && (
          <Button
            component="a"
            href="/admin/api/language/corrections.yml"
            download
            variant="default"
            leftSection={<DownloadIcon />}
          >
            Export for Rasa
          </Button>
        )
      }
    >
      <div className="tabs" role="tablist">
        {(Object.keys(TABS) as TabName[]).map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            aria-selected={tab === name}
            onClick={() => {
              setTab(name);
            }}
          >
            {name}
          </button>
        ))}
      </div>
      <Shown />
    </PageLayout>
  );
}
