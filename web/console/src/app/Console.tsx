import { SessionProvider } from "@promobot/shared/session";
import { Button, Loader, useMantineColorScheme } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Redirect, Route, Router, Switch, useRoute } from "wouter";
import { ask, type Me, rememberCsrf } from "./api";
import { Conversations } from "../pages/conversations/ConversationsPage";
import {
  BellIcon,
  ChartIcon,
  ChatIcon,
  MoonIcon,
  OfferIcon,
  PeopleIcon,
  PulseIcon,
  StudioIcon,
  WordsIcon,
} from "../components/icons";
import { LanguagePage } from "../pages/language/LanguagePage";
import mark from "./mark.svg";
import { Offers } from "../pages/offers/OffersPage";
import { OwnPasswordPage } from "../pages/password/PasswordPage";
import { PeoplePage } from "../pages/people/PeoplePage";
import { ResultsPage } from "../pages/results/ResultsPage";
import { SignIn } from "./SignIn";
import { Failure } from "../components/states";
import { StudioPage } from "../studio/StudioPage";
import { SystemPage } from "../pages/system/SystemPage";
import { TriggersPage } from "../pages/proactive/ProactivePage";

/** The whole console: the sign-in, or the pages. */
export function Console() {
  const me = useQuery({
    queryKey: ["me"],
    queryFn: async () => {
      const answer = await ask<Me | null>("GET", "me");
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
              <Route path="/conversations/:id?" component={Conversations} />
              <Route path="/results" component={ResultsPage} />
              <Route path="/offers" component={Offers} />
              <Route path="/triggers" component={TriggersPage} />
              <Route path="/language" component={LanguagePage} />
              <Route path="/studio/:tab?/:id?" component={StudioPage} />
              <Route path="/people" component={PeoplePage} />
              <Route path="/password" component={OwnPasswordPage} />
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

function Sidebar({ me }: { me: Me }) {
  const queries = useQueryClient();
  // Mantine would otherwise stop transitions with a <style>, which the policy forbids.
  const { toggleColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const leave = useMutation({
    mutationFn: () => ask("POST", "logout", {}),
    onSettled: () => {
      queries.clear();
      void queries.invalidateQueries();
    },
  });
  return (
    <nav className="sidebar" aria-label="Pages">
      <div className="brand">
        <img src={mark} alt="" width="28" height="28" /> Promobot
      </div>
      <PageLink to="/conversations" match="/conversations/:id?" icon={<ChatIcon />} name="Conversations" />
      <PageLink to="/results" match="/results" icon={<ChartIcon />} name="Results" />
      <PageLink to="/offers" match="/offers" icon={<OfferIcon />} name="Offers" />
      <PageLink to="/triggers" match="/triggers" icon={<BellIcon />} name="Speaking first" />
      <PageLink to="/language" match="/language" icon={<WordsIcon />} name="Language" />
      <PageLink to="/studio" match="/studio/:tab?/:id?" icon={<StudioIcon />} name="Studio" />
      <PageLink to="/system" match="/system" icon={<PulseIcon />} name="System" />
      {me.permissions.includes("manage") && (
        <PageLink to="/people" match="/people" icon={<PeopleIcon />} name="People" />
      )}
      <div className="me">
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          leftSection={<MoonIcon />}
          onClick={() => {
            toggleColorScheme();
          }}
        >
          Light or dark
        </Button>
        <div>
          <strong>{me.name}</strong>
          <span className="quiet">{me.role}</span>
          <Link to="/password">Password</Link>
        </div>
        <Button
          variant="default"
          size="xs"
          loading={leave.isPending}
          onClick={() => {
            leave.mutate(undefined, {
              onSettled: () => {
                window.location.assign("/admin");
              },
            });
          }}
        >
          Sign out
        </Button>
      </div>
    </nav>
  );
}

function PageLink({ to, match, icon, name }: { to: string; match: string; icon: React.ReactNode; name: string }) {
  const [active] = useRoute(match);
  return (
    <Link to={to} className="page-link" aria-current={active ? "page" : undefined}>
      {icon}
      {name}
    </Link>
  );
}
