import { Button, useMantineColorScheme } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useRoute } from "wouter";
import {
  BellIcon,
  ChartIcon,
  ChatIcon,
  HeartbeatIcon,
  LetterIcon,
  MoonIcon,
  OfferIcon,
  PeopleIcon,
  ReturnIcon,
  StudioIcon,
  WordsIcon,
} from "../components/icons";
import { request, type Me } from "./api";
import mark from "./mark.svg";

/** Links to the pages, the signed-in person, and signing out. */
export function Sidebar({ me }: { me: Me }) {
  const queries = useQueryClient();
  const mayManage = useMay("manage");
  // Without keepTransitions Mantine adds a <style>, which the content security policy forbids.
  const { toggleColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const signOut = useMutation({
    mutationFn: () => request("POST", "logout", {}),
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
      <PageLink to="/changes" match="/changes/:id?" icon={<ReturnIcon />} name="Change requests" />
      <PageLink to="/results" match="/results" icon={<ChartIcon />} name="Results" />
      <PageLink to="/offers" match="/offers" icon={<OfferIcon />} name="Offers" />
      <PageLink to="/triggers" match="/triggers" icon={<BellIcon />} name="Proactive messages" />
      <PageLink to="/language" match="/language" icon={<WordsIcon />} name="Language" />
      <PageLink to="/studio" match="/studio/:tab?/:id?" icon={<StudioIcon />} name="Studio" />
      <PageLink to="/dead-letters" match="/dead-letters" icon={<LetterIcon />} name="Dead letters" />
      <PageLink to="/system" match="/system" icon={<HeartbeatIcon />} name="System" />
      {mayManage && <PageLink to="/people" match="/people" icon={<PeopleIcon />} name="People" />}
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
          loading={signOut.isPending}
          onClick={() => {
            signOut.mutate(undefined, {
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
