import { Loader } from "@mantine/core";
import { SessionProvider } from "@promobot/shared/session";
import { useQuery } from "@tanstack/react-query";
import { Redirect, Route, Router, Switch } from "wouter";
import { Failure } from "../components/states";
import { ChangesPage } from "../pages/changes/ChangesPage";
import { ConversationsPage } from "../pages/conversations/ConversationsPage";
import { DeadLettersPage } from "../pages/dead-letters/DeadLettersPage";
import { LanguagePage } from "../pages/language/LanguagePage";
import { OffersPage } from "../pages/offers/OffersPage";
import { PasswordPage } from "../pages/password/PasswordPage";
import { PeoplePage } from "../pages/people/PeoplePage";
import { ProactivePage } from "../pages/proactive/ProactivePage";
import { ResultsPage } from "../pages/results/ResultsPage";
import { SystemPage } from "../pages/system/SystemPage";
import { StudioPage } from "../studio/StudioPage";
import { request, type Me, rememberCsrf } from "./api";
import { Sidebar } from "./Sidebar";
import { SignIn } from "./SignIn";

/** The whole console: the sign-in, or the pages. */
export function Console() {
  const me = useQuery({
    queryKey: ["me"],
    queryFn: async () => {
      const answer = await request<Me | null>("GET", "me");
      if (answer) rememberCsrf(answer.csrf_token);
      return answer;
    },
    refetchInterval: 60_000,
  });
  if (me.data === null) return <SignIn />;
  if (me.error && !me.data) {
    return <Failure error={me.error} retry={() => void me.refetch()} />;
  }
  if (!me.data) {
    return (
      <div className="middle" role="status" aria-label="Loading">
        <Loader />
      </div>
    );
  }
  return (
    <SessionProvider value={me.data}>
      <Router base="/admin">
        <div className="console">
          <Sidebar me={me.data} />
          <main className="page">
            <Switch>
              <Route path="/conversations/:id?" component={ConversationsPage} />
              <Route path="/changes/:id?" component={ChangesPage} />
              <Route path="/results" component={ResultsPage} />
              <Route path="/offers" component={OffersPage} />
              <Route path="/triggers" component={ProactivePage} />
              <Route path="/language" component={LanguagePage} />
              <Route path="/studio/:tab?/:id?" component={StudioPage} />
              <Route path="/people" component={PeoplePage} />
              <Route path="/password" component={PasswordPage} />
              <Route path="/dead-letters" component={DeadLettersPage} />
              <Route path="/system" component={SystemPage} />
              <Route>
                <Redirect to="/conversations" replace />
              </Route>
            </Switch>
          </main>
        </div>
      </Router>
    </SessionProvider>
  );
}
